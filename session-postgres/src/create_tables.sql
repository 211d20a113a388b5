-- A tombstone has `why`, and nothing but its key, its end and perhaps its last mark beside it.
CREATE TABLE IF NOT EXISTS session_rows (
    key bytea PRIMARY KEY,
    expires bigint NOT NULL,
    why bigint,
    mark bytea,
    owner bytea,
    label bytea,
    fields integer[],
    sealed bytea[],
    before_mark bytea,
    before_until bigint,
    before_fields integer[],
    before_sealed bytea[]
) WITH (fillfactor = 80);
-- What is sealed does not compress.
ALTER TABLE session_rows
    ALTER COLUMN sealed SET STORAGE EXTERNAL,
    ALTER COLUMN before_sealed SET STORAGE EXTERNAL;
CREATE INDEX IF NOT EXISTS session_rows_owner ON session_rows (owner) WHERE owner IS NOT NULL;
CREATE INDEX IF NOT EXISTS session_rows_expires ON session_rows (expires);
