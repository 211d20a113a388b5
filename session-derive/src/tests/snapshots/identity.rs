// struct Shop { #[session(identity)] user: Identity<UserId>, cart: Vec<u64> }

const _: () = {
    use ::session_runtime as __session_runtime;
    enum __SessionField0 {}
    #[automatically_derived]
    impl __session_runtime::__private::FieldAt<__SessionField0> for Shop {
        type Value = __session_runtime::__private::Option<UserId>;
        const REF: fn(
            &Self,
        ) -> &<Self as __session_runtime::__private::FieldAt<__SessionField0>>::Value = |
            __session|
        (<Identity<
            UserId,
        > as __session_runtime::__private::IsIdentity>::READ)(&__session.user);
        const SET: fn(
            &mut Self,
            <Self as __session_runtime::__private::FieldAt<__SessionField0>>::Value,
        ) = |__session, __session_value| {
            __session.user = (<Identity<
                UserId,
            > as __session_runtime::__private::IsIdentity>::MAKE)(__session_value);
        };
        const CODEC: __session_runtime::__private::Codec<
            <Self as __session_runtime::__private::FieldAt<__SessionField0>>::Value,
        > = <Self as __session_runtime::HasIdentity>::USER.or_nobody;
    }
    enum __SessionField1 {}
    #[automatically_derived]
    impl __session_runtime::__private::FieldAt<__SessionField1> for Shop {
        type Value = Vec<u64>;
        const REF: fn(
            &Self,
        ) -> &<Self as __session_runtime::__private::FieldAt<__SessionField1>>::Value = |
            __session|
        &__session.cart;
        const SET: fn(
            &mut Self,
            <Self as __session_runtime::__private::FieldAt<__SessionField1>>::Value,
        ) = |__session, __session_value| __session.cart = __session_value;
        const CODEC: __session_runtime::__private::Codec<
            <Self as __session_runtime::__private::FieldAt<__SessionField1>>::Value,
        > = <Vec<u64> as __session_runtime::__private::StoredValue>::CODEC;
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
                    >("user", [120u8, 94u8, 146u8], &[])
                        .identity(),
                    __session_runtime::__private::Field::of::<
                        __SessionField1,
                    >("cart", [39u8, 114u8, 23u8], &[]),
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
                user: <Identity<
                    UserId,
                > as __session_runtime::__private::IsIdentity>::NOBODY,
                cart: <Vec<
                    u64,
                > as __session_runtime::__private::SessionDefault>::session_default(),
            }
        }
    }
    #[automatically_derived]
    impl __session_runtime::HasIdentity for Shop {
        type Id = UserId;
        const USER: __session_runtime::__private::UserCodec<UserId> = <UserId as __session_runtime::__private::StoredValue>::USER;
    }
};
