// What a window shows: the wall's pixels as LEDs, and a line of text in a bar below.
// Drawn by one triangle that covers the window. The numbers come from window/screen.rs.

struct View {
    // Left and top edge of the picture, in pixels of the window.
    origin: vec2<f32>,
    // Size of the wall in LEDs.
    wall: vec2<u32>,
    // Size of the text in font pixels, and its left and top edge in pixels of the window.
    text: vec2<u32>,
    text_origin: vec2<u32>,
    // Side of a LED in pixels.
    pitch: f32,
    // Top edge of the bar, in pixels.
    bar_top: f32,
    // Side of a font pixel in pixels.
    text_scale: u32,
    // 1: dots with a halo; 2: the target encodes sRGB itself.
    flags: u32,
}

const ROUND: u32 = 1u;
const ENCODES: u32 = 2u;

// In LEDs: the dot's radius. Its halo reaches to the next LED's middle, where it is gone.
const RADIUS: f32 = 0.39;
// How bright the halo is at the dot's edge, of the dot.
const HALO: f32 = 0.34;

const BAR: vec3<f32> = vec3(0.043, 0.043, 0.055);
const RIM: vec3<f32> = vec3(0.13, 0.13, 0.16);
const INK: vec3<f32> = vec3(0.80, 0.80, 0.86);

@group(0) @binding(0) var<uniform> view: View;
// The wall's pixels, row by row, then the text's.
@group(0) @binding(1) var<storage, read> cells: array<u32>;

@vertex
fn window_vertex(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let x = select(-1.0, 3.0, index == 1u);
    let y = select(-1.0, 3.0, index == 2u);
    return vec4(x, y, 0.0, 1.0);
}

// A LED's colour; black beside the wall.
fn led(x: i32, y: i32) -> vec3<f32> {
    if x < 0 || y < 0 || x >= i32(view.wall.x) || y >= i32(view.wall.y) {
        return vec3(0.0);
    }
    return unpack4x8unorm(cells[u32(y) * view.wall.x + u32(x)]).rgb;
}

fn halo(at: vec2<f32>, x: i32, y: i32) -> vec3<f32> {
    let far = distance(at, vec2(f32(x) + 0.5, f32(y) + 0.5));
    let near = max(0.0, 1.0 - far);
    return led(x, y) * (near * near * HALO / ((1.0 - RADIUS) * (1.0 - RADIUS)));
}

// `at` in LEDs. In the dot's middle the colour is the LED's, exactly.
fn dots(at: vec2<f32>) -> vec3<f32> {
    let x = i32(floor(at.x));
    let y = i32(floor(at.y));
    let far = distance(at, vec2(f32(x) + 0.5, f32(y) + 0.5));
    let soft = 0.6 / view.pitch;
    let inside = 1.0 - smoothstep(RADIUS - soft, RADIUS + soft, far);
    // Of the four middles around, every other one is a LED or more away.
    let left = i32(floor(at.x - 0.5));
    let top = i32(floor(at.y - 0.5));
    let glow = halo(at, left, top) + halo(at, left + 1, top) + halo(at, left, top + 1)
        + halo(at, left + 1, top + 1);
    return mix(min(glow, vec3(1.0)), led(x, y), inside);
}

fn bar(at: vec2<f32>) -> vec3<f32> {
    if at.y < view.bar_top + f32(view.text_scale) {
        return RIM;
    }
    let pixel = vec2<u32>(at);
    if any(pixel < view.text_origin) {
        return BAR;
    }
    let place = (pixel - view.text_origin) / view.text_scale;
    if any(place >= view.text) {
        return BAR;
    }
    let cell = cells[view.wall.x * view.wall.y + place.y * view.text.x + place.x];
    return select(BAR, INK, cell != 0u);
}

fn decoded(encoded: vec3<f32>) -> vec3<f32> {
    let low = encoded / 12.92;
    let high = pow((encoded + 0.055) / 1.055, vec3(2.4));
    return select(high, low, encoded <= vec3(0.04045));
}

@fragment
fn window_fragment(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    var colour: vec3<f32>;
    let at = (position.xy - view.origin) / view.pitch;
    if position.y >= view.bar_top {
        colour = bar(position.xy);
    } else if (view.flags & ROUND) != 0u {
        colour = dots(at);
    } else {
        colour = led(i32(floor(at.x)), i32(floor(at.y)));
    }
    if (view.flags & ENCODES) != 0u {
        colour = decoded(colour);
    }
    return vec4(colour, 1.0);
}
