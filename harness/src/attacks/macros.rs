//! The row of an attack.

/// `attack!(Protection / "name" = function, [needs: …,] [twin: …,] "step", "step", …)`
macro_rules! attack {
    (
        $protection:ident / $name:literal = $run:path
        $(, needs: $needs:expr)?
        $(, twin: $twin:expr)?
        $(, $step:literal)+ $(,)?
    ) => {
        $crate::attacks::Attack {
            protection: &brigandine_api::protection::$protection,
            name: $name,
            steps: &[$($step),+],
            needs: attack!(@or $crate::attacks::Needs::NOTHING $(, $needs)?),
            twin: attack!(@or $crate::attacks::Twin::Alone $(, $twin)?),
            run: {
                fn boxed(scene: &$crate::attacks::Scene) -> $crate::attacks::Running<'_> {
                    Box::pin($run(scene))
                }
                boxed
            },
        }
    };
    (@or $default:expr) => { $default };
    (@or $default:expr, $given:expr) => { $given };
}
