// tixyland: a field of dots, after tixy.land by Martin Kleppe: each dot is as large as a little
// formula of t, i, x and y says; what is below zero has the other colour. The formulas are ours.
//
// params[0]  speed: t runs at it.
// params[1]  function, 0 to 7.
// params[2]  hue, in turns.
//
// A face has 16 by 16 dots. In full placement x runs on over all faces, and every formula closes
// on itself there. `tests/painter/tixyland.rs` has the same formulas in plain arithmetic.

/// Dots along a face.
const DOTS: f32 = 16.0;

/// Chance by index, 0 to 1 (Wang's hash).
fn chance(index: u32) -> f32 {
    var n = (index ^ 61u) ^ (index >> 16u);
    n = n * 9u;
    n = n ^ (n >> 4u);
    n = n * 0x27d4eb2du;
    n = n ^ (n >> 15u);
    return f32(n >> 8u) / 16777216.0;
}

/// Rings that go out from the middle of each face.
fn ripple(t: f32, x: f32, y: f32) -> f32 {
    return sin(2.5 * t - length(vec2<f32>(x % DOTS - 7.5, y - 7.5)));
}

/// Two waves across each other.
fn weave(t: f32, x: f32, y: f32) -> f32 {
    return sin(x * TAU / DOTS + t) * cos(y * TAU / DOTS - 0.7 * t) + 0.4 * sin(1.3 * t + y * 0.8);
}

/// A galaxy of three arms.
fn whirl(t: f32, x: f32, y: f32) -> f32 {
    let p = vec2<f32>(x % DOTS - 7.5, y - 7.5);
    return sin(3.0 * atan2(p.y, p.x) + 0.6 * length(p) - 3.0 * t);
}

/// Each column drips at a pace of its own; a splash is below zero.
fn rain(t: f32, x: f32, y: f32) -> f32 {
    let column = u32(x);
    let drop = fract(t * (0.25 + 0.45 * chance(column)) + chance(column + 99u)) * 24.0;
    let above = drop - y;
    if y > 14.5 && above > 0.0 && above < 4.0 {
        return above * 0.25 - 1.0;
    }
    return select(0.0, exp(-0.45 * above), above >= 0.0);
}

/// Hills that rise and fall, with snow on them.
fn hills(t: f32, x: f32, y: f32) -> f32 {
    let turn = x * TAU / DOTS;
    let height = 7.5 + 3.5 * sin(turn + 1.1 * t) + 2.5 * sin(2.0 * turn - 1.7 * t);
    let below = y - (15.0 - height);
    if below < 0.0 {
        return 0.0;
    }
    return select(-0.25 - 0.05 * below, 1.0, below < 1.5);
}

/// Chequers that change sides in a wave.
fn chequers(t: f32, x: f32, y: f32) -> f32 {
    let side = 1.0 - 2.0 * ((floor(x / 2.0) + floor(y / 2.0)) % 2.0);
    return side * sin(1.5 * t + (x + y) * TAU / 32.0);
}

/// A heart that beats, below zero; its pulse runs out over what is around.
fn heart(t: f32, x: f32, y: f32) -> f32 {
    let pulse = exp(-4.0 * fract(t)) + 0.5 * exp(-4.0 * fract(t - 0.22));
    let p = vec2<f32>(x % DOTS - 7.5, 8.2 - y) / (4.9 + 0.9 * pulse);
    let round = p.x * p.x + p.y * p.y - 1.0;
    let shape = round * round * round - p.x * p.x * p.y * p.y * p.y;
    if shape <= 0.0 {
        return -min(0.55 - 2.5 * shape, 1.0);
    }
    return 0.3 * max(sin(length(p) * 5.0 - fract(t) * TAU), 0.0) * exp(-0.5 * round);
}

/// Each dot flares now and then.
fn sparks(t: f32, i: u32) -> f32 {
    let pace = 0.15 + 0.35 * chance(i + 7u);
    let turn = t * pace + chance(i);
    let flare = exp(-7.0 * fract(turn));
    return select(flare, -flare, chance(i + 31u * u32(floor(turn))) < 0.3);
}

fn formula(function: u32, t: f32, i: u32, x: f32, y: f32) -> f32 {
    switch function {
        case 0u: { return ripple(t, x, y); }
        case 1u: { return weave(t, x, y); }
        case 2u: { return whirl(t, x, y); }
        case 3u: { return rain(t, x, y); }
        case 4u: { return hills(t, x, y); }
        case 5u: { return chequers(t, x, y); }
        case 6u: { return heart(t, x, y); }
        default: { return sparks(t, i); }
    }
}

fn dye(hue: f32) -> vec3<f32> {
    return 0.5 + 0.5 * cos(TAU * (hue + vec3<f32>(0.0, 0.6667, 0.3333)));
}

fn paint(at: Pixel) -> vec4<f32> {
    let pitch = at.face_size / DOTS;
    let cell = floor(at.position / pitch);
    let columns = u32(at.resolution.x / pitch.x + 0.5);
    let i = u32(cell.y) * columns + u32(cell.x);
    let value = clamp(formula(u32(at.params[1]), at.seconds, i, cell.x, cell.y), -1.0, 1.0);

    // A dot's area is what the value says; its rim is a pixel soft.
    let radius = 0.56 * min(pitch.x, pitch.y) * sqrt(abs(value));
    let off = length(at.position - (cell + 0.5) * pitch);
    let cover = saturate(radius - off + 0.5);
    let warm = mix(vec3<f32>(1.0, 0.96, 0.9), dye(at.params[2] + 0.1), 0.25);
    let cold = dye(at.params[2] - 0.04) * vec3<f32>(1.0, 0.45, 0.6);
    let light = 0.45 + 0.55 * abs(value);
    return vec4<f32>(select(cold, warm, value > 0.0) * cover * light, 1.0);
}
