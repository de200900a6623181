// The painter's own shader: one colour, or cells without smoothing. A pixel takes the cell that
// holds its centre.
fn paint(at: Pixel) -> vec4<f32> {
    let cells = heart_sheet.records[at.record].cells;
    if cells.w == 0u {
        return heart_sheet.records[at.record].colour;
    }
    let source = heart_sheet.records[at.record].source;
    let cell = vec2<i32>(floor((at.position - source.xy) * source.zw));
    let last = vec2<i32>(cells.yz) - 1;
    let inside = vec2<u32>(clamp(cell, vec2<i32>(0, 0), last));
    return unpack4x8unorm(heart_cells[cells.x + inside.y * cells.y + inside.x]);
}
