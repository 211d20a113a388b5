// struct Shop { #[session(user)] user: Option<u64>, #[session(ttl: 10)] name: str }

const _: () = {
    use ::session_runtime as __session_runtime;
    #[doc(hidden)]
    #[automatically_derived]
    impl __session_runtime::SessionData for Shop
    where
        for<'__session> Self: __session_runtime::__private::Sized,
        for<'__session> Self: __session_runtime::__private::Send,
    {
        const SCHEMA: __session_runtime::__private::Schema<Self> = __session_runtime::__private::Schema::new(
                "shop",
                &[],
            )
            .idle(1209600u64)
            .max(7776000u64);
    }
    #[doc(hidden)]
    #[automatically_derived]
    impl __session_runtime::__private::Derived for Shop
    where
        for<'__session> Self: __session_runtime::__private::Sized,
        for<'__session> Self: __session_runtime::__private::Send,
    {}
    #[doc(hidden)]
    #[automatically_derived]
    impl __session_runtime::KeptInCookie for Shop
    where
        for<'__session> Self: __session_runtime::__private::Sized,
        for<'__session> Self: __session_runtime::__private::Send,
    {}
    #[automatically_derived]
    impl __session_runtime::__private::Default for Shop
    where
        for<'__session> Self: __session_runtime::__private::Sized,
    {
        fn default() -> Self {
            loop {}
        }
    }
    #[automatically_derived]
    impl __session_runtime::HasIdentity for Shop
    where
        for<'__session> Self: __session_runtime::__private::Sized,
    {
        type Id = u64;
        const USER: __session_runtime::__private::UserCodec<u64> = loop {};
    }
};
::core::compile_error! {
    "unknown field option `user`\nhelp: the field that says who is logged in is marked `identity`"
}
::core::compile_error! {
    "an identity is an `Identity<…>`, which only a login and a logout change\nhelp: write `user: Identity<u64>`: it reads as `Option<u64>`"
}
::core::compile_error! {
    "expected `=`, found `:`\nhelp: write `ttl = \"10s\"`"
}
::core::compile_error! {
    "`name` has no size of its own\nhelp: use `String`"
}
