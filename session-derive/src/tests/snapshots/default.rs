// struct Shop { #[session(default = first_page())] page: u32 }

const _: () = {
    use ::session_runtime as __session_runtime;
    enum __SessionField0 {}
    #[automatically_derived]
    impl __session_runtime::__private::FieldAt<__SessionField0> for Shop {
        type Value = u32;
        const REF: fn(
            &Self,
        ) -> &<Self as __session_runtime::__private::FieldAt<__SessionField0>>::Value = |
            __session|
        &__session.page;
        const SET: fn(
            &mut Self,
            <Self as __session_runtime::__private::FieldAt<__SessionField0>>::Value,
        ) = |__session, __session_value| __session.page = __session_value;
        const CODEC: __session_runtime::__private::Codec<
            <Self as __session_runtime::__private::FieldAt<__SessionField0>>::Value,
        > = <u32 as __session_runtime::__private::StoredValue>::CODEC;
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
                    >("page", [93u8, 250u8, 247u8], &[]),
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
            Self { page: first_page() }
        }
    }
};
