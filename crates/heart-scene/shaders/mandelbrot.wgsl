// mandelbrot: a slow tour into the set's valleys and back.
//
// params[0]     zoom, in doublings, added to the tour's: 1 is twice as close.
// params[1]     palette, in turns.
// params[2..3]  pan along the axes of the plane, in heights of the view.
//
// Each stop of the tour takes STOP seconds: the view eases in to a named point and out again to
// the whole set, where the next stop begins. With zoom and pan at 0 the picture is a function of
// the seconds modulo 3 * STOP. f32 counts about 7 digits: the view is never less than CLOSEST
// high, so that neighbouring pixels of a 64 pixel face are some 50 steps of an f32 apart.
//
// On a wall of several faces the view is folded like a kaleidoscope, so that it has no seam: the
// point of the tour is in the middle of the second face of four, and its mirror image in that of
// the fourth.

const STOP: f32 = 48.0;
const WIDEST: f32 = 2.5;
const CLOSEST: f32 = 0.0002;
/// Steps at most, a multiple of 4.
const MOST: u32 = 200u;
/// Squared. Large, so that count and distance are smooth; small enough for four steps more.
const ESCAPED: f32 = 64.0;

/// Where a stop goes: x, y, and doublings from the widest view.
fn stop(index: u32) -> vec3<f32> {
    switch index % 3u {
        // The eye of a spiral in seahorse valley, between the body and the head.
        case 0u: { return vec3<f32>(-0.77568377, 0.13646737, 9.5); }
        // A knot of the upper antenna: a Misiurewicz point, alike at every depth.
        case 1u: { return vec3<f32>(-0.10109636, 0.95628651, 8.5); }
        // The small copy of the whole on the long antenna, of period 3.
        default: { return vec3<f32>(-1.7548777, 0.0, 5.4); }
    }
}

/// The view: centre, height and tilt.
fn view(at: Pixel) -> vec4<f32> {
    let stops = at.seconds / STOP;
    let place = stop(u32(max(floor(stops), 0.0)));
    let near = 0.5 - 0.5 * cos(TAU * fract(stops));
    let height = clamp(WIDEST * exp2(-place.z * near - at.params[0]), CLOSEST, 2.0 * WIDEST);
    // The point stands still on the face while the view closes in on it.
    let deepest = WIDEST * exp2(-place.z);
    let home = vec2<f32>(-0.55, 0.0);
    let left = saturate((height - deepest) / (WIDEST - deepest));
    let centre = mix(place.xy, home, left);
    let pan = vec2<f32>(at.params[2], at.params[3]) * height;
    return vec4<f32>(centre + pan, height, 0.7 * near);
}

/// From a place in the placement's space to one relative to the view, in its heights.
fn folded(at: Pixel, position: vec2<f32>) -> vec2<f32> {
    let y = position.y / at.resolution.y - 0.5;
    let faces = at.resolution.x / at.face_size.x;
    let wide = at.face_size.x / at.resolution.y;
    if faces < 1.5 {
        return vec2<f32>((position.x / at.resolution.x - 0.5) * wide, y);
    }
    let around = fract((position.x / at.face_size.x - 0.5) / faces);
    return vec2<f32>((0.25 - 0.5 * abs(2.0 * around - 1.0)) * faces * wide, y);
}

struct Orbit {
    z: vec2<f32>,
    /// The derivative of z by c, in z per pixel.
    slope: vec2<f32>,
}

fn next(orbit: Orbit, c: vec2<f32>, pixel: f32) -> Orbit {
    let z = orbit.z;
    let d = orbit.slope;
    return Orbit(
        vec2<f32>(z.x * z.x - z.y * z.y, 2.0 * z.x * z.y) + c,
        2.0 * vec2<f32>(z.x * d.x - z.y * d.y, z.x * d.y + z.y * d.x) + vec2<f32>(pixel, 0.0),
    );
}

/// How a point leaves: x is how many steps it takes, made continuous, and negative if it stays;
/// y is how far it is from the set, in pixels of that size, within a factor of two.
fn leave(c: vec2<f32>, pixel: f32) -> vec2<f32> {
    let inside = vec2<f32>(-1.0, 0.0);
    // The two largest parts of the inside are known by formula.
    let x = c.x - 0.25;
    let q = x * x + c.y * c.y;
    let bulb = (c.x + 1.0) * (c.x + 1.0) + c.y * c.y;
    if q * (q + x) <= 0.25 * c.y * c.y || bulb <= 0.0625 {
        return inside;
    }
    var orbit = Orbit(vec2<f32>(0.0), vec2<f32>(0.0));
    // Four steps at a time: looking costs more than stepping.
    for (var n = 4u; n <= MOST; n += 4u) {
        orbit = next(next(next(next(orbit, c, pixel), c, pixel), c, pixel), c, pixel);
        let size = dot(orbit.z, orbit.z);
        let steep = dot(orbit.slope, orbit.slope);
        if size > ESCAPED {
            let distance = 0.5 * log(size) * sqrt(size / steep);
            return vec2<f32>(f32(n) - log2(0.5 * log2(size)), distance);
        }
        // So steep that the edge lies within a hundredth of a pixel.
        if steep > 1.0e5 {
            return vec2<f32>(f32(n), 0.0);
        }
    }
    return inside;
}

/// Five colours round a circle, blended smoothly; place in turns.
fn dye(place: f32) -> vec3<f32> {
    var stops = array<vec3<f32>, 6>(
        vec3<f32>(0.00, 0.00, 0.05),
        vec3<f32>(0.08, 0.03, 0.48),
        vec3<f32>(0.62, 0.03, 0.42),
        vec3<f32>(0.90, 0.32, 0.04),
        vec3<f32>(0.02, 0.30, 0.42),
        vec3<f32>(0.00, 0.00, 0.05),
    );
    let along = fract(place) * 5.0;
    let index = min(u32(along), 4u);
    return mix(stops[index], stops[index + 1u], smoothstep(0.0, 1.0, fract(along)));
}

/// The colour of a point that left like that.
fn colour(gone: vec2<f32>, shift: f32) -> vec3<f32> {
    if gone.x < 0.0 {
        return vec3<f32>(0.0);
    }
    // Far outside it is night, so that the set is what is seen.
    let night = smoothstep(0.0, 7.0, gone.x);
    let body = dye(0.36 * sqrt(gone.x) - 0.3 + shift) * night;
    // Light gathers at the edge and is lost with the distance from it.
    let lit = body * mix(1.0, 0.4, smoothstep(1.0, 5.0, log2(1.0 + gone.y)));
    // Where steps change faster than pixels can tell, the edge itself glows: threads are bright,
    // and what they are woven into is embers.
    let thread = smoothstep(0.0, 0.4, gone.y);
    let glow = mix(vec3<f32>(0.42, 0.10, 0.10), vec3<f32>(1.0, 0.80, 0.50), thread);
    return mix(glow, lit, smoothstep(0.25, 2.0, gone.y));
}

fn paint(at: Pixel) -> vec4<f32> {
    let view = view(at);
    let turn = vec2<f32>(cos(view.w), sin(view.w));
    let pixel = view.z / at.resolution.y;
    // Four samples a pixel, on a turned square: the finest threads glimmer instead of flickering.
    // Where the first is pixels away from the edge the others would say the same.
    var offset = vec2<f32>(0.125, 0.375);
    var sum = vec3<f32>(0.0);
    for (var n = 1u; n <= 4u; n++) {
        let v = folded(at, at.position + offset) * view.z;
        let c = view.xy + vec2<f32>(v.x * turn.x - v.y * turn.y, v.x * turn.y + v.y * turn.x);
        let gone = leave(c, pixel);
        sum += colour(gone, at.params[1]);
        if n == 1u && gone.y > 4.0 {
            return vec4<f32>(sum, 1.0);
        }
        offset = vec2<f32>(-offset.y, offset.x);
    }
    return vec4<f32>(sum * 0.25, 1.0);
}
