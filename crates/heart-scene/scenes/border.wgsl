// border: lights that chase each other along the rim of each face, with tails of light.
//
// params[0]  speed: the seconds run at it.
// params[1]  hue, in turns.
// params[2]  lights, a whole number.
// params[3]  width, in parts of a face.
//
// In full placement the rim is that of the whole wall.

/// Rounds of the rim per second at speed 1; the scene's loop holds a whole number of them.
const PACE: f32 = 0.125;

fn dye(hue: f32) -> vec3<f32> {
    let wave = 0.5 + 0.5 * cos(TAU * (hue + vec3<f32>(0.0, 0.67, 0.33)));
    return wave * wave * (1.6 - 0.6 * wave);
}

fn paint(at: Pixel) -> vec4<f32> {
    // From the nearest edge inwards, and along the rim clockwise from the top left, in faces.
    let size = at.resolution / at.face_size.y;
    let p = at.position / at.face_size.y;
    let far = size - p;
    let depth = min(min(p.x, far.x), min(p.y, far.y));
    var along = 0.0;
    if depth == p.y {
        along = p.x;
    } else if depth == far.x {
        along = size.x + p.y;
    } else if depth == far.y {
        along = size.x + size.y + far.x;
    } else {
        along = 2.0 * size.x + size.y + far.y;
    }
    let round = 2.0 * (size.x + size.y);
    let place = along / round;

    // Behind a light its tail, before it nothing: 0 at the head, towards 1 at the next one. The
    // head is round: the nearer to the rim, the farther it is ahead.
    let lights = max(floor(at.params[2] + 0.5), 1.0);
    let width = at.params[3] * (1.0 + 0.6 * beat());
    let ahead = width * (1.0 - sqrt(saturate(1.0 - depth * depth / (2.6 * width * width))));
    let behind = fract(at.seconds * PACE - place * lights - ahead / round * lights);
    let gap = behind * round / lights;
    let head = exp(-gap * gap / (1.6 * width * width));
    let front = smoothstep(0.0, 0.016, gap);
    let tail = pow(1.0 - behind, 2.5) * front;
    let rim = exp(-depth * depth / (width * width * (0.12 + 0.88 * tail * tail)));
    let hair = exp(-depth / 0.014);

    let hue = at.params[1] + place + 0.25 * behind;
    let glow = dye(hue) * tail * rim * 1.1;
    let line = dye(hue + 0.08) * hair * (0.22 + 0.6 * tail);
    let spark = vec3<f32>(1.0, 0.92, 0.8) * head * front * rim * 0.8;
    return vec4<f32>(glow + line + spark, 1.0);
}
