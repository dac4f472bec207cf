//! Why an endpoint is public, as a type in its signature: `Open<why::Catalogue>`. A test lists them all.

/// What an open endpoint does with a bearer token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// Ignored: the caller is nobody, even with a token.
    Ignored,
    /// Used: without a token the caller is nobody; with one it must be good (else 401), and the verb asks for permissions.
    Honoured,
}

/// Why an endpoint is public.
pub trait Why: 'static {
    /// The reason, for the reader.
    const REASON: &'static str;
    /// What happens to a token.
    const TOKEN: Token;
}

macro_rules! whys {
    ($($(#[$meta:meta])* $name:ident, $token:ident, $reason:literal;)*) => {
        $(
            $(#[$meta])*
            pub enum $name {}
            impl Why for $name {
                const REASON: &'static str = $reason;
                const TOKEN: Token = Token::$token;
            }
        )*
        /// Every reason there is, by name.
        pub const ALL: &[(&str, Token, &str)] = &[$((stringify!($name), Token::$token, $reason),)*];
    };
}

whys! {
    /// Published service items and departments.
    Catalogue, Ignored, "what the government offers is public";
    /// Login and tokens.
    Login, Ignored, "who logs in is not known yet";
    /// Registration of an account.
    Registration, Ignored, "who registers is not known yet";
    /// Public keys.
    Keys, Ignored, "whoever checks our tokens and checkpoints needs the keys";
    /// Requests that may be anonymous: whistle-blowing, street lights.
    Submission, Honoured, "some service items take anonymous requests";
    /// Health of the process.
    Health, Ignored, "load balancers have no credentials; no figure about people is told";
    /// The documentation.
    Docs, Ignored, "a public API has public documentation";
}
