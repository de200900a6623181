// Effects over the whole wall: edges, then hue, then saturation. `heart_frame::Effects` has the
// same arithmetic; a test compares the two.

// The beginning of the sheet; `sheet.rs` has the same layout.
struct HeartHead {
    wall: vec2<u32>,
    face: vec2<u32>,
    // Saturation, hue in turns, the threshold of edges (below 0: none).
    effects: vec4<f32>,
}

@group(0) @binding(0) var<uniform> head: HeartHead;
@group(0) @binding(1) var painted: texture_2d<f32>;

// One triangle that covers the wall.
@vertex
fn heart_vertex(@builtin(vertex_index) vertex: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(vec2<u32>(vertex & 1u, vertex >> 1u)) * 4.0 - 1.0;
    return vec4<f32>(corner, 0.0, 1.0);
}

// A pixel's colour; beyond an edge of the wall the nearest one.
fn colour_at(place: vec2<i32>) -> vec3<f32> {
    let inside = clamp(place, vec2<i32>(0), vec2<i32>(head.wall) - 1);
    return textureLoad(painted, inside, 0).rgb;
}

// Rec. 601.
fn luma(colour: vec3<f32>) -> f32 {
    return dot(colour, vec3<f32>(0.299, 0.587, 0.114));
}

fn luma_at(place: vec2<i32>, dx: i32, dy: i32) -> f32 {
    return luma(colour_at(place + vec2<i32>(dx, dy)));
}

// Sobel's gradient of the luma, over the four units that it reaches at most.
fn steepness(at: vec2<i32>) -> f32 {
    let nw = luma_at(at, -1, -1);
    let ne = luma_at(at, 1, -1);
    let sw = luma_at(at, -1, 1);
    let se = luma_at(at, 1, 1);
    let across = ne + 2.0 * luma_at(at, 1, 0) + se - nw - 2.0 * luma_at(at, -1, 0) - sw;
    let down = sw + 2.0 * luma_at(at, 0, 1) + se - nw - 2.0 * luma_at(at, 0, -1) - ne;
    return length(vec2<f32>(across, down)) / 4.0;
}

fn edged(at: vec2<i32>) -> vec3<f32> {
    let colour = colour_at(at);
    if head.effects.z < 0.0 {
        return colour;
    }
    return select(colour * 0.75, vec3<f32>(1.0), steepness(at) > head.effects.z);
}

@fragment
fn heart_fragment(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let colour = edged(vec2<i32>(floor(position.xy)));
    let i = dot(colour, vec3<f32>(0.595716, -0.274453, -0.321263));
    let q = dot(colour, vec3<f32>(0.211456, -0.522591, 0.311135));
    let angle = head.effects.y * 6.283185307179586;
    let turned = vec2<f32>(i * cos(angle) - q * sin(angle), i * sin(angle) + q * cos(angle));
    let away = vec3<f32>(
        dot(turned, vec2<f32>(0.956296, 0.621024)),
        dot(turned, vec2<f32>(-0.272122, -0.647381)),
        dot(turned, vec2<f32>(-1.106989, 1.704615)),
    );
    let shown = luma(colour) + head.effects.x * away;
    return vec4<f32>(clamp(shown, vec3<f32>(0.0), vec3<f32>(1.0)), 1.0);
}
