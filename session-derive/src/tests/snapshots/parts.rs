// struct Shop {
// #[session(browser, ttl = "30d")] theme: Theme,
// #[session(flash)] notice: Option<String>,
// #[session(ttl = "10m")] code: Option<u32>,
// }

const _: () = {
    use ::session_runtime as __session_runtime;
    enum __SessionField0 {}
    #[automatically_derived]
    impl __session_runtime::__private::FieldAt<__SessionField0> for Shop {
        type Value = Theme;
        const REF: fn(
            &Self,
        ) -> &<Self as __session_runtime::__private::FieldAt<__SessionField0>>::Value = |
            __session|
        &__session.theme;
        const SET: fn(
            &mut Self,
            <Self as __session_runtime::__private::FieldAt<__SessionField0>>::Value,
        ) = |__session, __session_value| __session.theme = __session_value;
        const CODEC: __session_runtime::__private::Codec<
            <Self as __session_runtime::__private::FieldAt<__SessionField0>>::Value,
        > = <Theme as __session_runtime::__private::StoredValue>::CODEC;
    }
    enum __SessionField1 {}
    #[automatically_derived]
    impl __session_runtime::__private::FieldAt<__SessionField1> for Shop {
        type Value = Option<String>;
        const REF: fn(
            &Self,
        ) -> &<Self as __session_runtime::__private::FieldAt<__SessionField1>>::Value = |
            __session|
        &__session.notice;
        const SET: fn(
            &mut Self,
            <Self as __session_runtime::__private::FieldAt<__SessionField1>>::Value,
        ) = |__session, __session_value| __session.notice = __session_value;
        const CODEC: __session_runtime::__private::Codec<
            <Self as __session_runtime::__private::FieldAt<__SessionField1>>::Value,
        > = <Option<String> as __session_runtime::__private::StoredValue>::CODEC;
    }
    enum __SessionField2 {}
    #[automatically_derived]
    impl __session_runtime::__private::FieldAt<__SessionField2> for Shop {
        type Value = Option<u32>;
        const REF: fn(
            &Self,
        ) -> &<Self as __session_runtime::__private::FieldAt<__SessionField2>>::Value = |
            __session|
        &__session.code;
        const SET: fn(
            &mut Self,
            <Self as __session_runtime::__private::FieldAt<__SessionField2>>::Value,
        ) = |__session, __session_value| __session.code = __session_value;
        const CODEC: __session_runtime::__private::Codec<
            <Self as __session_runtime::__private::FieldAt<__SessionField2>>::Value,
        > = <Option<u32> as __session_runtime::__private::StoredValue>::CODEC;
    }
    #[doc(hidden)]
    #[automatically_derived]
    impl __session_runtime::SessionData for Shop
    where
        for<'__session> Self: __session_runtime::__private::Send,
    {
        const SCHEMA: __session_runtime::__private::Schema<Self> = __session_runtime::__private::Schema::new(
                "shop",
                &[
                    __session_runtime::__private::Field::of::<
                        __SessionField0,
                    >("theme", [242u8, 119u8, 90u8], &[])
                        .ttl(2592000u64)
                        .browser(),
                    __session_runtime::__private::Field::of::<
                        __SessionField1,
                    >("notice", [96u8, 165u8, 41u8], &[])
                        .flash(),
                    __session_runtime::__private::Field::of::<
                        __SessionField2,
                    >("code", [49u8, 108u8, 13u8], &[])
                        .ttl(600u64),
                ],
            )
            .idle(1209600u64)
            .max(7776000u64);
    }
    #[doc(hidden)]
    #[automatically_derived]
    impl __session_runtime::__private::Derived for Shop
    where
        for<'__session> Self: __session_runtime::__private::Send,
    {}
    #[doc(hidden)]
    #[automatically_derived]
    impl __session_runtime::KeptInCookie for Shop
    where
        for<'__session> Self: __session_runtime::__private::Send,
    {}
    #[automatically_derived]
    impl __session_runtime::__private::Default for Shop {
        fn default() -> Self {
            Self {
                theme: <Theme as __session_runtime::__private::SessionDefault>::session_default(),
                notice: <Option<
                    String,
                > as __session_runtime::__private::SessionDefault>::session_default(),
                code: <Option<
                    u32,
                > as __session_runtime::__private::SessionDefault>::session_default(),
            }
        }
    }
};
