// void_sphere: a sphere of endless hollows, lit from within.
//
// params[0]  speed: the seconds run at it.
// params[1]  growth, 0 to 1: how the hollows are carved.
// params[2]  hue, in turns.
// params[3]  yaw, in turns.
// params[4]  pitch, in turns.
// params[5]  nearness, 0 to 1.
//
// The hollows are spheres in a lattice, and in each next finer one again, taken out of a sphere.
// A ray walks by the distance that is free of what is left (sphere tracing, Hart 1996). In full
// placement each face looks at the sphere from its own side: the cube holds it.

/// Steps of a ray at most.
const STEPS: u32 = 40u;
const LEVELS: u32 = 2u;
/// Where the light sits that shines through the hollows.
const EMBER: vec3<f32> = vec3<f32>(1.0, 0.5, 0.16);

struct Free {
    distance: f32,
    /// The level of the hollow that is nearest; the outside is 0.
    level: f32,
}

fn turned(v: vec2<f32>, turns: f32) -> vec2<f32> {
    let angle = turns * TAU;
    let c = cos(angle);
    let s = sin(angle);
    return vec2<f32>(c * v.x - s * v.y, s * v.x + c * v.y);
}

/// How the hollows are carved now: their radius in cells of their lattice, and their turn.
struct Carving {
    radius: f32,
    turn: vec2<f32>,
}

fn free(p: vec3<f32>, carving: Carving) -> Free {
    var nearest = Free(length(p) - 1.0, 0.0);
    var q = p;
    var scale = 2.1;
    var radius = carving.radius;
    let c = carving.turn.x;
    let s = carving.turn.y;
    for (var n = 0u; n < LEVELS; n++) {
        let cell = 2.0 * fract(0.5 * q * scale + 0.5) - 1.0;
        let solid = (radius - length(cell)) / scale;
        if solid > nearest.distance {
            nearest = Free(solid, f32(n) + 1.0);
        }
        // Each finer lattice is turned against the one before, so that nothing lines up.
        q = vec3<f32>(c * q.x - s * q.z, q.y, s * q.x + c * q.z);
        q = q.yzx;
        scale *= 2.6;
        radius *= 0.84;
    }
    return nearest;
}

/// The way out of what is solid, from four distances round a place.
fn outwards(p: vec3<f32>, carving: Carving) -> vec3<f32> {
    let a = vec3<f32>(1.0, -1.0, -1.0);
    let b = vec3<f32>(-1.0, -1.0, 1.0);
    let c = vec3<f32>(-1.0, 1.0, -1.0);
    let d = vec3<f32>(1.0, 1.0, 1.0);
    let step = 0.004;
    return normalize(a * free(p + a * step, carving).distance + b * free(p + b * step, carving).distance
        + c * free(p + c * step, carving).distance + d * free(p + d * step, carving).distance);
}

fn dye(hue: f32) -> vec3<f32> {
    let wave = 0.5 + 0.5 * cos(TAU * (hue + vec3<f32>(0.0, 0.64, 0.36)));
    return wave * wave * (1.6 - 0.6 * wave);
}

fn paint(at: Pixel) -> vec4<f32> {
    let whole = at.resolution.x > at.face_size.x;
    let left = select(0.0, f32(at.face) * at.face_size.x, whole);
    let screen = (at.position - vec2<f32>(left, 0.0) - 0.5 * at.face_size) / at.face_size.y;
    let yaw = at.params[3] + select(0.0, f32(at.face) * 0.25, whole) + at.seconds * 0.02;
    let pitch = clamp(at.params[4] + 0.06 + 0.05 * sin(at.seconds * 0.23), -0.24, 0.24);
    let turn = 0.12 + 0.05 * sin(at.seconds * 0.07);
    let carving = Carving(
        1.02 + 0.22 * at.params[1] + 0.025 * sin(at.seconds * 0.4),
        vec2<f32>(cos(turn * TAU), sin(turn * TAU)),
    );

    let far = mix(3.05, 1.0, at.params[5]);
    let eye_up = turned(vec2<f32>(0.0, -far), pitch);
    let way_up = normalize(vec3<f32>(screen, 1.15));
    let tilted = turned(way_up.yz, pitch);
    let eye_round = turned(vec2<f32>(0.0, eye_up.y), yaw);
    let way_round = turned(vec2<f32>(way_up.x, tilted.y), yaw);
    let eye = vec3<f32>(eye_round.x, eye_up.x, eye_round.y);
    let way = vec3<f32>(way_round.x, tilted.x, way_round.y);

    // A ray begins where it meets the sphere; one that misses it is the night round it.
    let along = -dot(eye, way);
    let miss = length(eye + along * way);
    let halo = (dye(at.params[2] + 0.6) * 0.5 + EMBER * 0.2) * exp(-6.0 * max(miss - 1.0, 0.0)) * 0.4;
    // The ember itself is seen through what is free.
    let burning = 1.0 + 0.25 * sin(at.seconds * 1.7) + 1.6 * beat();
    if miss > 1.0 {
        return vec4<f32>(halo * halo * 3.0, 1.0);
    }
    let half = sqrt(1.0 - miss * miss);
    var gone = max(along - half, 0.02);
    let end = along + half;
    var colour = vec3<f32>(0.0);
    var glow = 0.0;
    var n = 0u;
    for (; n < STEPS; n++) {
        let p = eye + gone * way;
        let here = free(p, carving);
        glow += 0.012 / (0.02 + dot(p, p) * 1.8);
        if here.distance < 0.002 * gone {
            let normal = outwards(p, carving);
            let open = 1.0 - f32(n) / f32(STEPS);
            let inner = length(p);
            let warm = saturate(dot(normal, -p / max(inner, 0.05))) * exp(-1.9 * inner);
            let key = saturate(dot(normal, normalize(vec3<f32>(way.z, -1.6, -way.x) - way)));
            let rim = pow(1.0 - saturate(dot(normal, -way)), 2.0);
            let hue = at.params[2] + 0.6 + 0.13 * here.level - 0.3 * (1.0 - inner);
            let skin = dye(hue);
            let deep = smoothstep(0.25, 1.0, inner);
            colour = skin * (0.10 + 0.95 * key) * open * mix(0.35, 1.0, deep);
            colour += dye(hue + 0.2) * rim * 0.35 * open;
            colour += EMBER * warm * 2.6 * burning;
            break;
        }
        gone += here.distance;
        if gone > end {
            break;
        }
    }
    colour += EMBER * min(glow, 1.0) * 0.30 * burning;
    return vec4<f32>(colour, 1.0);
}
