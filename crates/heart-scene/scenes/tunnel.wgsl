// tunnel: a flight through a winding tunnel of lit panels.
//
// params[0]     speed: the seconds run at it.
// params[1]     hue, in turns.
// params[2]     panels round the tunnel, a whole number.
// params[3..4]  bend, right and down.
// params[5]     twist, in turns over what is seen.
//
// Music lights the panels: each lane of the tunnel shines with a band of what is heard, a beat
// runs down it as a ring. In full placement a half tunnel lies round all faces, without a seam.

/// Panels passed per second at speed 1.
const PACE: f32 = 1.25;
/// How far one sees, in radii of the tunnel.
const SIGHT: f32 = 14.0;

fn dye(hue: f32) -> vec3<f32> {
    let wave = 0.5 + 0.5 * cos(TAU * (hue + vec3<f32>(0.0, 0.62, 0.36)));
    return wave * wave * (1.7 - 0.7 * wave);
}

/// Chance by panel, 0 to 1.
fn chance(lane: f32, row: f32) -> f32 {
    let n = vec2<u32>(u32(lane + 64.0), u32(i32(row) + 100000));
    var h = n.x * 1664525u + n.y * 22695477u + 1013904223u;
    h = (h ^ (h >> 15u)) * 0x2c1b3c6du;
    h = (h ^ (h >> 12u)) * 0x297a2d39u;
    return f32((h ^ (h >> 15u)) >> 8u) / 16777216.0;
}

/// The middle of the tunnel at a depth, in its radii.
fn middle(at: Pixel, depth: f32) -> vec2<f32> {
    let along = depth * 0.16;
    let turn = at.seconds * 0.21;
    let own = vec2<f32>(sin(along + turn) - sin(turn), cos(along * 0.8 + turn * 1.3) - cos(turn * 1.3));
    return own * 0.55 + vec2<f32>(at.params[3], at.params[4]) * depth * depth * 0.03;
}

/// The light of a wall at a place: how far round in turns, and how deep in radii.
fn wall(at: Pixel, around: f32, depth: f32) -> vec3<f32> {
    let panels = max(floor(at.params[2] + 0.5), 1.0);
    let twisted = fract(around + at.params[5] * depth / SIGHT) * panels;
    let rows = depth * 1.6 + at.seconds * PACE;
    let lane = floor(twisted);
    let row = floor(rows);
    let inside = vec2<f32>(fract(twisted), fract(rows)) - 0.5;
    // Farther panels are softer, so that they do not flicker.
    let soft = 0.06 + 0.045 * depth;
    let edge = max(abs(inside.x), abs(inside.y));
    let panel = 1.0 - smoothstep(0.42 - soft, 0.42 + soft, edge);
    let seam = smoothstep(0.42, 0.5, edge) * exp(-0.25 * depth);

    let luck = chance(lane, row);
    let heard = band(u32(lane) * 15u / max(u32(panels) - 1u, 1u));
    let lit = smoothstep(0.45, 1.0, luck) + 1.5 * heard * smoothstep(0.2, 0.9, luck);
    let ring = exp(-3.0 * abs(fract(rows / 12.0 - 0.04) - 0.5) * 4.0);
    let hue = at.params[1] + 0.55 + 0.022 * row + 0.18 * luck + 0.1 * sin(at.seconds * 0.11);
    let sheen = 0.75 + 0.5 * inside.y;
    let colour = dye(hue) * panel * sheen * (0.34 + 1.2 * lit + 0.7 * ring) + dye(hue + 0.42) * seam * 0.7;
    let near = smoothstep(0.15, 1.2, depth);
    return colour * exp(-1.4 * depth / SIGHT) * mix(0.55, 1.0, near);
}

/// The hue of what lies at the tunnel's end: that of its panels, one row before they are seen.
fn far_hue(at: Pixel) -> f32 {
    let row = SIGHT * 1.6 + at.seconds * PACE;
    return at.params[1] + 0.6 + 0.022 * row + 0.1 * sin(at.seconds * 0.11);
}

/// What a ray through a place of the face meets; the place is in heights from the middle.
fn ray(at: Pixel, p: vec2<f32>) -> vec3<f32> {
    // The tunnel bends, so its radius is looked for: a few steps of the depth that fits.
    var depth = 0.55 / max(length(p), 0.01);
    for (var step = 0u; step < 4u; step++) {
        let q = p * depth / 0.55 - middle(at, depth);
        depth = clamp(mix(depth, depth / max(length(q), 0.05), 0.7), 0.1, 3.0 * SIGHT);
    }
    let q = p * depth / 0.55 - middle(at, depth);
    let around = atan2(q.y, q.x) / TAU + 0.5;
    let far = smoothstep(0.25 * SIGHT, 1.6 * SIGHT, depth);
    let glow = mix(dye(far_hue(at)), vec3<f32>(1.0, 0.95, 0.9), 0.45) * (0.85 + 0.4 * beat());
    return mix(wall(at, around, depth), glow, far);
}

fn paint(at: Pixel) -> vec4<f32> {
    if at.resolution.x > 1.5 * at.resolution.y {
        // Round the faces runs the tunnel's wall, upwards it is deep.
        let up = 1.0 - at.uv.y;
        let depth = 0.5 / (1.04 - up) - 0.3;
        let sky = mix(dye(far_hue(at)), vec3<f32>(1.0, 0.95, 0.9), 0.35) * (0.7 + 0.3 * beat());
        return vec4<f32>(mix(wall(at, at.uv.x, depth), sky, smoothstep(0.9, 1.0, up)), 1.0);
    }
    var sum = vec3<f32>(0.0);
    var offset = vec2<f32>(0.125, 0.375);
    for (var n = 0u; n < 4u; n++) {
        let p = (at.position + offset - 0.5 * at.resolution) / at.resolution.y;
        sum += ray(at, p);
        offset = vec2<f32>(-offset.y, offset.x);
    }
    return vec4<f32>(sum * 0.25, 1.0);
}
