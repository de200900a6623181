// plasma: ribbons of coloured light that fold through each other in deep black.
//
// params[0]  speed: the seconds run at it, so it is not read here.
// params[1]  hue, in turns: 0.33 carries the colours a third round the circle.
// params[2]  scale: larger means more and smaller ribbons.
// params[3]  contrast: larger means thinner ribbons and more black.
//
// The picture is a function of the point on the ring alone: it has no seam where faces meet. All
// its movements are multiples of one slow turn, so it repeats after LOOP seconds, and a scene may
// start its seconds anew there; beyond a few hours that also keeps them precise.

const LOOP: f32 = 256.0;

// A hue's colour, with soft passages and no muddy ones; hue in turns.
fn dye(hue: f32) -> vec3<f32> {
    let wave = 0.5 + 0.5 * cos(TAU * (hue + vec3<f32>(0.0, 0.67, 0.33)));
    return wave * wave * (1.5 - 0.5 * wave);
}

fn paint(at: Pixel) -> vec4<f32> {
    let turn = fract(at.seconds / LOOP) * TAU;
    let contrast = at.params[3];

    // A mirrored face is a narrow ring: it is widened so that something happens across it.
    let narrow = at.resolution.x / at.face_size.y;
    let wide = max(1.0, 2.2 / narrow);
    let p = ring(at) * vec3<f32>(wide, 1.15, wide) * 2.3 * at.params[2];

    // Two foldings: each moves the point by waves of the others.
    let q = p + 0.75 * sin(1.3 * p.yzx + turn * vec3<f32>(9.0, -11.0, 7.0));
    let r = q + 0.55 * sin(1.9 * q.zxy + turn * vec3<f32>(-13.0, 8.0, 15.0) + 1.7);

    let fold = sin(1.6 * r.x + 19.0 * turn) + sin(1.4 * r.y - 12.0 * turn)
        + sin(1.7 * r.z + 10.0 * turn);
    let ribbon = 0.5 + 0.5 * cos(2.1 * fold + 1.2 * q.y);
    let light = pow(ribbon, 2.3 * contrast);
    let heart = pow(ribbon, 14.0 * contrast);

    let hue = 0.81 + at.params[1] + 0.13 * sin(0.9 * q.x + 4.0 * turn)
        + 0.10 * sin(0.8 * p.z - 6.0 * turn) + 0.06 * fold;
    let colour = dye(hue) * light * 0.92 + heart * 0.22;
    return vec4<f32>(colour, 1.0);
}
