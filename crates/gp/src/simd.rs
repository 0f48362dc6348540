//! Functions compiled for the vector unit of the machine at hand.

/// Defines a function whose body, and every `#[inline(always)]` function it calls, is compiled for plain hardware, for AVX2 and
/// for AVX-512, the choice being made at each call (by `pulp`, as in faer). The bits are the same: sums go in eight lanes whatever
/// the width. All arguments live for `'a`. Loops should be plain `for` loops: closures are functions of their own, which the
/// compiler need not inline here.
macro_rules! vectorised {
    ($(#[$doc:meta])* $vis:vis fn $name:ident<'a>($($arg:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$doc])*
        $vis fn $name<'a>($($arg: $type),*) {
            struct Job<'a> { $($arg: $type),* }
            impl<'a> pulp::WithSimd for Job<'a> {
                type Output = ();
                #[inline(always)]
                fn with_simd<S: pulp::Simd>(self, _: S) {
                    let Self { $($arg),* } = self;
                    $body
                }
            }
            pulp::Arch::new().dispatch(Job { $($arg),* })
        }
    };
}

pub(crate) use vectorised;
