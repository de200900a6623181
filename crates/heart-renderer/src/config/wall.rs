//! The `[wall]` table: how the panels hang, and what their LEDs may draw.

use heart_frame::{Extent, Panel, PowerLimit, Rotation, Wall, WallError};
use heart_service::config::{Complaint, Written};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The `[wall]` table. Which of its keys mean something is said by `preset`; the others are
/// refused.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct WallConfig {
    /// How the panels hang.
    pub preset: Preset,
    /// Panels side by side (`rectangle`), or faces (`custom`: one if not given).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<u32>,
    /// Panels, or faces, one below the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u32>,
    /// Of each panel, in pixels (`rectangle`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub panel_width: Option<u32>,
    /// Of each panel, in pixels (`rectangle`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub panel_height: Option<u32>,
    /// Of all panels that say no other: see [`Panel::gamma`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gamma: Option<f32>,
    /// Of all panels that say no other: share of full light, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brightness: Option<f32>,
    /// What all LEDs may draw together, in watts; needs the next two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub power_limit_w: Option<f32>,
    /// Of the LEDs' supply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volts: Option<f32>,
    /// What one colour of one LED draws at full light.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milliamps_per_channel: Option<f32>,
    /// The panels, in the order in which they are chained (`custom`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub panel: Vec<PanelConfig>,
}

/// How the panels hang.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Four faces of 64 by 64 side by side: east, north, west, south.
    #[default]
    Cube,
    /// Equal upright panels, each a face.
    Rectangle,
    /// As the `[[wall.panel]]` tables say.
    Custom,
}

/// A `[[wall.panel]]`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PanelConfig {
    /// Left edge on the wall, pixels.
    pub x: u32,
    /// Top edge on the wall, pixels.
    pub y: u32,
    /// The panel's own width, before it is turned, pixels.
    pub width: u32,
    /// The panel's own height, before it is turned, pixels.
    pub height: u32,
    /// How far it is turned clockwise: 0, 90, 180 or 270 degrees.
    #[serde(default, deserialize_with = "rotation", serialize_with = "degrees")]
    pub rotation: Rotation,
    /// Every second row runs back.
    #[serde(default)]
    pub serpentine: bool,
    /// As in `[wall]`, of this panel alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gamma: Option<f32>,
    /// As in `[wall]`, of this panel alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brightness: Option<f32>,
}

/// What is wrong, and at which key.
struct Fault {
    array: &'static str,
    index: Option<usize>,
    key: &'static str,
    message: String,
}

impl WallConfig {
    /// The wall that it says.
    ///
    /// # Errors
    /// One sentence that names the key.
    pub fn wall(&self) -> Result<Wall, String> {
        self.layout().map_err(|fault| fault.message)
    }

    fn layout(&self) -> Result<Wall, Fault> {
        self.means_something()?;
        let wall = match self.preset {
            Preset::Cube => {
                let cube = Wall::cube();
                self.lit(cube.face(), (4, 1), cube.panels().to_vec())?
            }
            Preset::Rectangle => {
                let columns = needed("columns", self.columns)?;
                let rows = needed("rows", self.rows)?;
                let width = needed("panel_width", self.panel_width)?;
                let height = needed("panel_height", self.panel_height)?;
                let face = Extent { width, height };
                let plain = Wall::rectangle(columns, rows, face).map_err(of_wall)?;
                self.lit(face, (columns, rows), plain.panels().to_vec())?
            }
            Preset::Custom => self.custom()?,
        };
        match self.power()? {
            Some(power) => Ok(wall.with_power(power)),
            None => Ok(wall),
        }
    }

    /// As large as its panels reach.
    fn custom(&self) -> Result<Wall, Fault> {
        if self.panel.is_empty() {
            let advice = "add a [[wall.panel]] with x, y, width and height";
            return Err(fault("preset", format!("a custom wall has no panel: {advice}")));
        }
        let panels: Vec<Panel> = self.panel.iter().map(PanelConfig::panel).collect();
        let reach = |edge: fn(&Panel) -> (u32, u32)| {
            let ends = panels.iter().map(|panel| {
                let (from, size) = edge(panel);
                from.checked_add(size)
            });
            ends.collect::<Option<Vec<u32>>>().and_then(|ends| ends.into_iter().max())
        };
        let width = reach(|panel| (panel.x, panel.footprint().width));
        let height = reach(|panel| (panel.y, panel.footprint().height));
        let (Some(width), Some(height)) = (width, height) else {
            return Err(fault("panel", format!("{}", WallError::TooLarge(u128::MAX))));
        };
        let columns = divides("columns", self.columns, width)?;
        let rows = divides("rows", self.rows, height)?;
        let face = Extent { width: width / columns, height: height / rows };
        self.lit(face, (columns, rows), panels)
    }

    /// With the gamma and brightness that are said for all, and for each.
    fn lit(
        &self,
        face: Extent,
        (columns, rows): (u32, u32),
        mut panels: Vec<Panel>,
    ) -> Result<Wall, Fault> {
        for (place, panel) in panels.iter_mut().enumerate() {
            let own = self.panel.get(place);
            let gamma = own.and_then(|own| own.gamma).or(self.gamma);
            let brightness = own.and_then(|own| own.brightness).or(self.brightness);
            panel.gamma = gamma.unwrap_or(panel.gamma);
            panel.brightness = brightness.unwrap_or(panel.brightness);
        }
        Wall::new(face, columns, rows, panels).map_err(of_wall)
    }

    fn power(&self) -> Result<Option<PowerLimit>, Fault> {
        let Some(watts) = self.power_limit_w else {
            let idle =
                [("volts", self.volts), ("milliamps_per_channel", self.milliamps_per_channel)];
            return match idle.iter().find(|(_, value)| value.is_some()) {
                Some((key, _)) => {
                    Err(fault(key, format!("`wall.{key}` limits nothing without `power_limit_w`")))
                }
                None => Ok(None),
            };
        };
        let needs = |key, value: Option<f32>| {
            let message = format!("`wall.power_limit_w` needs `{key}`");
            value.ok_or_else(|| fault("power_limit_w", message))
        };
        let volts = needs("volts", self.volts)?;
        let milliamps = needs("milliamps_per_channel", self.milliamps_per_channel)?;
        PowerLimit::new(watts, volts, milliamps).map(Some).map_err(of_wall)
    }

    /// Refuses keys of another preset: whoever wrote them believes that they do something.
    fn means_something(&self) -> Result<(), Fault> {
        let (rectangle, custom) = (self.preset == Preset::Rectangle, self.preset == Preset::Custom);
        let keys = [
            ("columns", self.columns.is_some(), rectangle || custom, "rectangle\" or \"custom"),
            ("rows", self.rows.is_some(), rectangle || custom, "rectangle\" or \"custom"),
            ("panel_width", self.panel_width.is_some(), rectangle, "rectangle"),
            ("panel_height", self.panel_height.is_some(), rectangle, "rectangle"),
            ("panel", !self.panel.is_empty(), custom, "custom"),
        ];
        match keys.iter().find(|(_, said, used, _)| *said && !used) {
            Some((key, _, _, preset)) => {
                Err(fault(key, format!("`wall.{key}` needs preset = \"{preset}\"")))
            }
            None => Ok(()),
        }
    }
}

impl PanelConfig {
    fn panel(&self) -> Panel {
        let extent = Extent { width: self.width, height: self.height };
        let upright = Panel::upright(self.x, self.y, extent);
        Panel { rotation: self.rotation, serpentine: self.serpentine, ..upright }
    }
}

/// What is wrong with the wall, at its own line.
pub(super) fn wall_can_be(written: &Written<'_>) -> Vec<Complaint> {
    let wall: WallConfig = written.read("wall").unwrap_or_default();
    let complaint =
        |fault: Fault| Complaint::of_element(fault.array, fault.index, fault.key, fault.message);
    wall.layout().err().map(complaint).into_iter().collect()
}

fn fault(key: &'static str, message: String) -> Fault {
    Fault { array: "wall", index: None, key, message }
}

fn of_wall(error: WallError) -> Fault {
    let message = format!("`wall`: {error}");
    match error {
        WallError::Outside { panel, .. } => {
            Fault { array: "wall.panel", index: Some(panel), key: "", message }
        }
        _ => fault("", message),
    }
}

fn needed(key: &'static str, value: Option<u32>) -> Result<u32, Fault> {
    let message = format!("`wall.{key}` is missing: a rectangle needs it");
    value.ok_or_else(|| fault("preset", message))
}

/// How many faces a side is cut into.
fn divides(key: &'static str, faces: Option<u32>, pixels: u32) -> Result<u32, Fault> {
    let faces = faces.unwrap_or(1);
    if faces == 0 || !pixels.is_multiple_of(faces) {
        let message =
            format!("`wall.{key}`: {pixels} pixels cannot be cut into {faces} equal faces");
        return Err(fault(key, message));
    }
    Ok(faces)
}

fn rotation<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Rotation, D::Error> {
    let degrees = u32::deserialize(deserializer)?;
    Rotation::from_degrees(degrees)
        .ok_or_else(|| D::Error::custom(format_args!("{degrees} is not 0, 90, 180 or 270")))
}

fn degrees<S: Serializer>(rotation: &Rotation, serializer: S) -> Result<S::Ok, S::Error> {
    rotation.degrees().serialize(serializer)
}
