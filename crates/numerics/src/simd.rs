//! Functions compiled for the vector unit of the machine they run on.

/// Defines a function that is compiled three times: for plain hardware, for AVX2 and for AVX-512. Each call picks one of them,
/// through `pulp`, as in faer.
///
/// The body and every `#[inline(always)]` function it calls are compiled this way. Results are the same bits on all three, as
/// [`sums`](crate::sums) add in eight lanes whatever the width. All arguments live for `'a`, and nothing is returned. Write plain
/// `for` loops: a closure is a function of its own, which the compiler need not inline here.
///
/// ```
/// numerics::vectorised! {
///     /// `y += a x`.
///     fn add<'a>(a: f64, x: &'a [f64], y: &'a mut [f64]) {
///         numerics::sums::axpy(a, x, y);
///     }
/// }
/// let mut y = [1.0, 2.0];
/// add(2.0, &[10.0, 20.0], &mut y);
/// assert_eq!(y, [21.0, 42.0]);
/// ```
#[macro_export]
macro_rules! vectorised {
    ($(#[$doc:meta])* $vis:vis fn $name:ident<'a>($($arg:ident: $type:ty),* $(,)?) $body:block) => {
        $(#[$doc])*
        $vis fn $name<'a>($($arg: $type),*) {
            struct Job<'a> { $($arg: $type),* }
            impl<'a> $crate::pulp::WithSimd for Job<'a> {
                type Output = ();
                #[inline(always)]
                fn with_simd<S: $crate::pulp::Simd>(self, _: S) {
                    let Self { $($arg),* } = self;
                    $body
                }
            }
            $crate::pulp::Arch::new().dispatch(Job { $($arg),* })
        }
    };
}
