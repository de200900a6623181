// solid: one colour. It breathes as deep as it is told to, and a beat lights it up.
//
// params[0]  hue, in turns.
// params[1]  saturation, 0 to 1.
// params[2]  brightness, 0 to 1.
// params[3]  breath, 0 to 1.

/// A breath, in seconds; the scene's loop is a multiple of it.
const BREATH: f32 = 6.4;

fn paint(at: Pixel) -> vec4<f32> {
    let wave = 0.5 + 0.5 * cos(TAU * (at.params[0] + vec3<f32>(0.0, 0.6667, 0.3333)));
    let pure = smoothstep(vec3<f32>(0.05), vec3<f32>(0.8), wave);
    let colour = mix(vec3<f32>(1.0), pure, at.params[1]);
    let breath = 0.5 + 0.5 * cos(TAU * fract(at.seconds / BREATH));
    let light = at.params[2] * (1.0 - at.params[3] * (1.0 - breath * breath));
    return vec4<f32>(colour * mix(light, 1.0, 0.5 * beat()), 1.0);
}
