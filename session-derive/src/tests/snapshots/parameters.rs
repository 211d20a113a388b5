// struct Shop<T: Item, const N: usize> where T: Copy { items: [Option<T>; N], all: u32 }

#[allow(clippy::trait_duplication_in_bounds)]
const _: () = {
    use ::session_runtime as __session_runtime;
    enum __SessionField0 {}
    #[automatically_derived]
    impl<
        T: Item + __session_runtime::__private::Send + 'static,
        const N: usize,
    > __session_runtime::__private::FieldAt<__SessionField0> for Shop<T, N>
    where
        T: Copy,
        [Option<
            T,
        >; N]: __session_runtime::__private::SessionField
            + __session_runtime::__private::Send,
        [Option<T>; N]: __session_runtime::__private::SessionDefault,
    {
        type Value = [Option<T>; N];
        const REF: fn(
            &Self,
        ) -> &<Self as __session_runtime::__private::FieldAt<__SessionField0>>::Value = |
            __session|
        &__session.items;
        const SET: fn(
            &mut Self,
            <Self as __session_runtime::__private::FieldAt<__SessionField0>>::Value,
        ) = |__session, __session_value| __session.items = __session_value;
        const CODEC: __session_runtime::__private::Codec<
            <Self as __session_runtime::__private::FieldAt<__SessionField0>>::Value,
        > = <[Option<T>; N] as __session_runtime::__private::StoredValue>::CODEC;
    }
    enum __SessionField1 {}
    #[automatically_derived]
    impl<
        T: Item + __session_runtime::__private::Send + 'static,
        const N: usize,
    > __session_runtime::__private::FieldAt<__SessionField1> for Shop<T, N>
    where
        T: Copy,
        [Option<
            T,
        >; N]: __session_runtime::__private::SessionField
            + __session_runtime::__private::Send,
        [Option<T>; N]: __session_runtime::__private::SessionDefault,
    {
        type Value = u32;
        const REF: fn(
            &Self,
        ) -> &<Self as __session_runtime::__private::FieldAt<__SessionField1>>::Value = |
            __session|
        &__session.all;
        const SET: fn(
            &mut Self,
            <Self as __session_runtime::__private::FieldAt<__SessionField1>>::Value,
        ) = |__session, __session_value| __session.all = __session_value;
        const CODEC: __session_runtime::__private::Codec<
            <Self as __session_runtime::__private::FieldAt<__SessionField1>>::Value,
        > = <u32 as __session_runtime::__private::StoredValue>::CODEC;
    }
    #[doc(hidden)]
    #[automatically_derived]
    impl<
        T: Item + __session_runtime::__private::Send + 'static,
        const N: usize,
    > __session_runtime::SessionData for Shop<T, N>
    where
        T: Copy,
        [Option<
            T,
        >; N]: __session_runtime::__private::SessionField
            + __session_runtime::__private::Send,
        [Option<T>; N]: __session_runtime::__private::SessionDefault,
        for<'__session> Self: __session_runtime::__private::Send,
    {
        const SCHEMA: __session_runtime::__private::Schema<Self> = __session_runtime::__private::Schema::new(
                "shop",
                &[
                    __session_runtime::__private::Field::of::<
                        __SessionField0,
                    >("items", [121u8, 51u8, 181u8], &[]),
                    __session_runtime::__private::Field::of::<
                        __SessionField1,
                    >("all", [37u8, 75u8, 215u8], &[]),
                ],
            )
            .idle(1209600u64)
            .max(7776000u64);
    }
    #[doc(hidden)]
    #[automatically_derived]
    impl<
        T: Item + __session_runtime::__private::Send + 'static,
        const N: usize,
    > __session_runtime::__private::Derived for Shop<T, N>
    where
        T: Copy,
        [Option<
            T,
        >; N]: __session_runtime::__private::SessionField
            + __session_runtime::__private::Send,
        [Option<T>; N]: __session_runtime::__private::SessionDefault,
        for<'__session> Self: __session_runtime::__private::Send,
    {}
    #[doc(hidden)]
    #[automatically_derived]
    impl<
        T: Item + __session_runtime::__private::Send + 'static,
        const N: usize,
    > __session_runtime::KeptInCookie for Shop<T, N>
    where
        T: Copy,
        [Option<
            T,
        >; N]: __session_runtime::__private::SessionField
            + __session_runtime::__private::Send,
        [Option<T>; N]: __session_runtime::__private::SessionDefault,
        for<'__session> Self: __session_runtime::__private::Send,
    {}
    #[automatically_derived]
    impl<
        T: Item + __session_runtime::__private::Send + 'static,
        const N: usize,
    > __session_runtime::__private::Default for Shop<T, N>
    where
        T: Copy,
        [Option<
            T,
        >; N]: __session_runtime::__private::SessionField
            + __session_runtime::__private::Send,
        [Option<T>; N]: __session_runtime::__private::SessionDefault,
    {
        fn default() -> Self {
            Self {
                items: <[Option<
                    T,
                >; N] as __session_runtime::__private::SessionDefault>::session_default(),
                all: <u32 as __session_runtime::__private::SessionDefault>::session_default(),
            }
        }
    }
};
