// What every shader of Heart is given. The painter appends this text to a shader's own (WGSL
// does not mind the order of declarations), so that the line numbers of errors are the file's.
//
// A shader is one function:
//
//     fn paint(at: Pixel) -> vec4<f32>
//
// called once per covered pixel. It returns a colour with straight alpha, each channel 0 to 1,
// sRGB-encoded as it will be stored: no conversion follows. The item's opacity is multiplied in
// afterwards. A shader's own names must be others than those of this prelude.

const TAU: f32 = 6.283185307179586;

/// One pixel, and everything that is known about it.
struct Pixel {
    /// Its centre in the placement's space, in pixels: 0.5, 1.5, …; y grows downwards.
    position: vec2<f32>,
    /// The same over the whole space: 0 to 1 on each axis.
    uv: vec2<f32>,
    /// The placement's space in pixels: a face if mirrored, else the wall.
    resolution: vec2<f32>,
    /// One face in pixels; equal to `resolution` if mirrored.
    face_size: vec2<f32>,
    /// The face this pixel lies on, from left to right and then from top to bottom.
    face: u32,
    /// Seconds of the scene's own time: since it began, at its speed, and anew after its loop.
    seconds: f32,
    /// The shader's parameters.
    params: array<f32, 8>,
    /// The item's opacity, 0 to 1, for the curious: it is applied for you.
    opacity: f32,
    /// Which record of the sheet is being painted; the painter's own shader reads it.
    record: u32,
}

/// A point on the ring that the space forms when its left edge meets its right edge: round the
/// four faces in full placement, round each face when mirrored. x and z lie on a circle whose
/// circumference is the space's width, y grows downwards; the unit is the height of one face.
/// A field that reads only this point has no seam anywhere.
fn ring(at: Pixel) -> vec3<f32> {
    let angle = at.uv.x * TAU;
    let radius = at.resolution.x / at.face_size.y / TAU;
    return vec3<f32>(cos(angle) * radius, at.position.y / at.face_size.y, sin(angle) * radius);
}

// Inputs. At rest, and where no device has the control, each of them is 0.

/// The left stick: x right, y down, -1 to 1 each.
fn stick_left() -> vec2<f32> {
    return heart_sheet.inputs.sticks.xy;
}

/// The right stick.
fn stick_right() -> vec2<f32> {
    return heart_sheet.inputs.sticks.zw;
}

/// The left trigger, 0 to 1.
fn trigger_left() -> f32 {
    return heart_sheet.inputs.hands.x;
}

/// The right trigger.
fn trigger_right() -> f32 {
    return heart_sheet.inputs.hands.y;
}

/// The d-pad: x right, y down, -1, 0 or 1 each.
fn dpad() -> vec2<f32> {
    return heart_sheet.inputs.hands.zw;
}

/// Detents that knob 0, 1, 2 or 3 was turned since the scene began; clockwise is positive.
fn encoder(knob: u32) -> f32 {
    return heart_sheet.inputs.encoders[min(knob, 3u)];
}

// Buttons, for `held`.
const BUTTON: u32 = 0u;
const BUTTON_1: u32 = 1u;
const BUTTON_2: u32 = 2u;
const BUTTON_3: u32 = 3u;
const SOUTH: u32 = 4u;
const EAST: u32 = 5u;
const NORTH: u32 = 6u;
const WEST: u32 = 7u;
const L: u32 = 8u;
const R: u32 = 9u;
const ZL: u32 = 10u;
const ZR: u32 = 11u;
const MINUS: u32 = 12u;
const PLUS: u32 = 13u;
const L3: u32 = 14u;
const R3: u32 = 15u;

/// Whether a button is down: `held(SOUTH)`.
fn held(button: u32) -> bool {
    return (heart_sheet.inputs.held.x >> min(button, 31u) & 1u) != 0u;
}

/// m/s², x y z, gravity included.
fn acceleration() -> vec3<f32> {
    return heart_sheet.inputs.motion.xyz;
}

/// Degrees, 0 to 360.
fn heading() -> f32 {
    return heart_sheet.inputs.motion.w;
}

/// Beats of a heart per minute.
fn bpm() -> f32 {
    return heart_sheet.inputs.pulse.x;
}

/// 1 at each beat of the music that a microphone hears, or else of that heart; then fading to
/// nearly 0 within half a second.
fn beat() -> f32 {
    return heart_sheet.inputs.pulse.y;
}

/// The loudness of what is heard, root mean square, 0 to 1.
fn rms() -> f32 {
    return heart_sheet.inputs.pulse.z;
}

/// Its largest magnitude, 0 to 1.
fn peak() -> f32 {
    return heart_sheet.inputs.pulse.w;
}

/// Its energy in band 0 (the lowest) to 15, 0 to 1.
fn band(number: u32) -> f32 {
    return heart_sheet.inputs.bands[min(number, 15u) / 4u][number % 4u];
}

// What the painter writes for each item; `sheet.rs` has the same layout.
struct HeartRecord {
    // Left, top, right and bottom of the covered pixels in the placement's space.
    bounds: vec4<i32>,
    // Cells: the rectangle's corner, and cells per pixel.
    source: vec4<f32>,
    colour: vec4<f32>,
    params: array<vec4<f32>, 2>,
    // First cell, width and height in cells, and 1 for cells, 0 for a fill.
    cells: vec4<u32>,
    // 0 mirrored, 1 full.
    placement: u32,
    seconds: f32,
    opacity: f32,
    unused: u32,
}

// What people's hands do: read it through the functions above.
struct HeartInputs {
    // Left x and y, right x and y.
    sticks: vec4<f32>,
    // Triggers left and right, d-pad x and y.
    hands: vec4<f32>,
    encoders: vec4<f32>,
    // x y z, and the heading.
    motion: vec4<f32>,
    // bpm, beat, rms, peak.
    pulse: vec4<f32>,
    bands: array<vec4<f32>, 4>,
    held: vec4<u32>,
}

struct HeartSheet {
    wall: vec2<u32>,
    face: vec2<u32>,
    effects: vec4<f32>,
    inputs: HeartInputs,
    records: array<HeartRecord, 64>,
}

@group(0) @binding(0) var<uniform> heart_sheet: HeartSheet;
@group(0) @binding(1) var<storage, read> heart_cells: array<u32>;

struct HeartCorner {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) record: u32,
    @location(1) @interpolate(flat) face: u32,
}

// The top left pixel of a face on the wall.
fn heart_origin(face: u32) -> vec2<i32> {
    let columns = heart_sheet.wall.x / heart_sheet.face.x;
    return vec2<i32>(vec2<u32>(face % columns, face / columns) * heart_sheet.face);
}

// Six vertices make an item, one instance makes a face. Every item, full ones too, is drawn face
// by face and clipped there, so the items' order holds on each face whatever their placement.
// Corners are whole pixels, so that every rasteriser covers the same ones.
@vertex
fn heart_vertex(
    @builtin(vertex_index) vertex: u32,
    @builtin(instance_index) face: u32,
) -> HeartCorner {
    let record = vertex / 6u;
    let bounds = heart_sheet.records[record].bounds;
    let origin = heart_origin(face);
    let mirrored = heart_sheet.records[record].placement == 0u;
    let shift = select(vec2<i32>(0, 0), origin, mirrored);
    let end = origin + vec2<i32>(heart_sheet.face);
    let low = clamp(bounds.xy + shift, origin, end);
    let high = clamp(bounds.zw + shift, origin, end);
    // Two triangles: 0 1 2 and 2 1 3, where bit 0 is right and bit 1 is bottom.
    var corners = array<u32, 6>(0u, 1u, 2u, 2u, 1u, 3u);
    let corner = corners[vertex % 6u];
    let at = select(low, high, vec2<bool>((corner & 1u) != 0u, (corner & 2u) != 0u));
    let clip = vec2<f32>(at) / vec2<f32>(heart_sheet.wall) * 2.0 - 1.0;
    return HeartCorner(vec4<f32>(clip, 0.0, 1.0), record, face);
}

@fragment
fn heart_fragment(corner: HeartCorner) -> @location(0) vec4<f32> {
    let record = corner.record;
    let mirrored = heart_sheet.records[record].placement == 0u;
    let origin = select(vec2<i32>(0, 0), heart_origin(corner.face), mirrored);
    let face_size = vec2<f32>(heart_sheet.face);
    let a = heart_sheet.records[record].params[0];
    let b = heart_sheet.records[record].params[1];
    var at: Pixel;
    at.position = floor(corner.position.xy) - vec2<f32>(origin) + 0.5;
    at.resolution = select(vec2<f32>(heart_sheet.wall), face_size, mirrored);
    at.uv = at.position / at.resolution;
    at.face_size = face_size;
    at.face = corner.face;
    at.seconds = heart_sheet.records[record].seconds;
    at.params = array<f32, 8>(a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w);
    at.opacity = heart_sheet.records[record].opacity;
    at.record = record;
    let colour = clamp(paint(at), vec4<f32>(0.0), vec4<f32>(1.0));
    return vec4<f32>(colour.rgb, colour.a * at.opacity);
}
