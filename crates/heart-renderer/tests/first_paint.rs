//! The first frame of a scene is no slower than its later ones: everything that painting needs
//! is made when the painter opens. Alone in its process, whose time on the CPU it takes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

use std::process::Command;
use std::time::Duration;

use heart_event::{Inputs, Time};
use heart_frame::Picture;
use heart_renderer::config::SPEC;
use heart_renderer::scenes::shaders;
use heart_renderer::{Plan, RendererConfig};
use heart_scene::{AppController, Geometry, Kind, Program, SceneFiles};
use heart_service::config::load_from;
use heart_vulkan::Painter;
use rustix::time::{ClockId, clock_gettime};

/// How many times the work of a later frame the first one may be. A driver that has to compile a
/// shader first needs forty times and more.
const TIMES: u32 = 8;
const LATER: usize = 15;

fn plan() -> Plan {
    let variables = [
        ("HEART_RENDERER__SITE", "lab"),
        ("HEART_RENDERER__NODE", "wall-1"),
        ("HEART_RENDERER__PAINTER__DEVICE", "llvmpipe"),
    ];
    let variables = variables.map(|(name, value)| (name.into(), value.into()));
    let config: RendererConfig = load_from(&SPEC, None, &variables, &[]).unwrap().value;
    Plan::new(&config, None).unwrap()
}

fn program(scene: &str) -> Program {
    let text = format!("name = 'one'\n[[mode]]\nname = 'one'\nscene = [{{ kind = '{scene}' }}]\n");
    Program::parse(scene, &text).unwrap()
}

/// Time that all threads of this process had: unlike a clock on the wall, it does not count what
/// other programs on a busy machine do.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

/// Set in the process that is measured.
const MEASURED: &str = "HEART_RENDERER_FIRST_PAINT";

/// Mesa remembers on disk what it compiled for anybody before, which would hide what is compiled
/// now. So this test runs again in a process where it must not.
#[test]
fn the_first_frame_of_a_scene_is_no_slower_than_its_later_ones() {
    if std::env::var_os(MEASURED).is_some() {
        return measure();
    }
    let name = "the_first_frame_of_a_scene_is_no_slower_than_its_later_ones";
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", name, "--nocapture"]).env(MEASURED, "1");
    let output = again.env("MESA_SHADER_CACHE_DISABLE", "true").output().unwrap();
    let said = String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned();
    print!("{said}");
    assert!(output.status.success() && said.contains("plasma: first"), "{said}");
}

fn measure() {
    let plan = plan();
    let mut painter = Painter::new(&plan.painter, &shaders(&SceneFiles::shipped())).unwrap();
    let mut controller = AppController::new(program("sleep"), Geometry::from(&plan.wall), 7);
    let (mut now, mut picture) = (Time::from_millis(1), Picture::default());
    let mut frame = |controller: &mut AppController| {
        now = now + Duration::from_millis(17);
        let began = cpu_time();
        controller.tick(now, &[], &Inputs::default(), &mut picture);
        painter.paint(&picture).unwrap();
        painter.finish().unwrap();
        cpu_time().saturating_sub(began)
    };
    // What a driver makes once for all, with a scene that has no shader.
    for _ in 0..4 {
        let _ = frame(&mut controller);
    }
    let files = SceneFiles::shipped();
    for scene in Kind::ALL.iter().map(|kind| kind.word()).chain(files.names()) {
        controller.set_program(program(scene));
        let first = frame(&mut controller);
        let mut later: Vec<Duration> = (0..LATER).map(|_| frame(&mut controller)).collect();
        later.sort_unstable();
        let usual = later[LATER / 2];
        println!("{scene}: first {first:?}, later {usual:?}");
        assert!(first <= TIMES * usual, "{scene}: first {first:?}, later {usual:?}");
    }
}
