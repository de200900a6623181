use std::io::Read;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::*;
use crate::testing::{Folder, numbered};
use crate::{OutputConfig, Outputs};

fn config(path: &Path) -> SocketConfig {
    SocketConfig { path: path.to_path_buf(), hold_s: 10 }
}

fn outputs(path: &Path) -> Outputs {
    crate::testing::start(&[OutputConfig::Socket(config(path))]).unwrap()
}

/// Width, height and pixels of the next frame.
fn read(stream: &mut UnixStream) -> (u32, u32, Vec<u8>) {
    let mut header = [0; 12];
    stream.read_exact(&mut header).unwrap();
    let word = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().unwrap());
    let mut pixels = vec![0; word(8) as usize];
    stream.read_exact(&mut pixels).unwrap();
    (word(0), word(4), pixels)
}

fn connect(path: &Path) -> UnixStream {
    let stream = UnixStream::connect(path).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

#[test]
fn readers_get_whole_frames_as_painted_also_those_that_come_late() {
    let folder = Folder::new();
    let path = folder.path().join("frames");
    let outputs = outputs(&path);
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    let frame = numbered(5, 3);
    outputs.submit(&frame);
    let (mut first, mut second) = (connect(&path), connect(&path));
    // Nothing is submitted meanwhile: the output looks for readers by itself.
    let expected = (5, 3, frame.bytes().to_vec());
    assert_eq!((read(&mut first), read(&mut second)), (expected.clone(), expected));
    let larger = numbered(7, 2);
    outputs.submit(&larger);
    while read(&mut first) != (7, 2, larger.bytes().to_vec()) {}
    outputs.finish();
    let mut rest = Vec::new();
    first.read_to_end(&mut rest).unwrap();
    assert_eq!(rest.len() % (12 + 7 * 2 * 4), 0, "it ends between two frames");
    assert!(folder.names().is_empty(), "the socket is gone with the output");
}

#[test]
fn a_reader_that_reads_nothing_is_dropped_and_holds_up_nobody() {
    let folder = Folder::new();
    let path = folder.path().join("frames");
    let outputs = outputs(&path);
    // More than the kernel keeps for a reader.
    let frame = numbered(512, 512);
    let mut stuck = connect(&path);
    let mut reads = connect(&path);
    let deadline = Instant::now() + Duration::from_secs(60);
    // Frames keep coming to the one that reads, until the other is cut off and after.
    let mut after = 0;
    while after < 10 {
        outputs.submit(&frame);
        assert_eq!(read(&mut reads).0, 512);
        after += u32::from(is_cut_off(&stuck));
        assert!(Instant::now() < deadline, "the reader that reads nothing is still served");
    }
    assert_eq!(outputs.counts()[0].1.failed, 0, "the output itself never failed");
    let mut rest = Vec::new();
    stuck.read_to_end(&mut rest).unwrap();
    assert!(rest.len() < 12 + frame.bytes().len(), "not even one frame: {}", rest.len());
}

fn is_cut_off(stream: &UnixStream) -> bool {
    let mut looked = [PollFd::new(stream, PollFlags::empty())];
    poll(&mut looked, Some(&Timespec::default())).unwrap();
    looked[0].revents().contains(PollFlags::HUP)
}

#[test]
fn a_fifth_reader_is_turned_away_until_one_leaves() {
    let folder = Folder::new();
    let path = folder.path().join("frames");
    let outputs = outputs(&path);
    outputs.submit(&numbered(2, 2));
    let mut readers: Vec<_> = (0..READERS_MAX).map(|_| connect(&path)).collect();
    readers.iter_mut().for_each(|reader| assert_eq!(read(reader).0, 2));
    let mut fifth = connect(&path);
    assert_eq!(fifth.read(&mut [0; 12]).unwrap(), 0, "closed");
    drop(readers.pop());
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        outputs.submit(&numbered(2, 2));
        let mut another = connect(&path);
        if matches!(another.read(&mut [0; 12]), Ok(12)) {
            break;
        }
        assert!(Instant::now() < deadline, "the place of the one that left stays taken");
    }
}

#[test]
fn what_lies_there_is_respected_and_what_was_abandoned_is_taken_over() {
    let folder = Folder::new();
    let path = folder.path().join("frames");
    std::fs::write(&path, "precious").unwrap();
    let said = Socket::listen(&config(&path)).unwrap_err().to_string();
    assert!(said.ends_with("is there and is no socket: choose another `path`"), "{said}");
    std::fs::remove_file(&path).unwrap();

    drop(UnixListener::bind(&path).unwrap());
    let first = Socket::listen(&config(&path)).unwrap();
    let second = Socket::listen(&config(&path)).unwrap_err();
    assert!(matches!(second, SocketError::Taken { .. }));
    drop(first);
    assert!(folder.names().is_empty());

    let absent = Socket::listen(&config(&folder.path().join("absent/frames"))).unwrap_err();
    assert!(absent.to_string().starts_with("cannot listen at "), "{absent}");
}

#[test]
fn frames_fade_to_opaque_black_when_none_follows() {
    let folder = Folder::new();
    let path = folder.path().join("frames");
    let mut socket = Socket::listen(&SocketConfig { hold_s: 1, ..config(&path) }).unwrap();
    let start = Instant::now();
    let mut frame = numbered(2, 1);
    frame.bytes_mut().copy_from_slice(&[200, 100, 50, 255, 0, 255, 1, 255]);
    socket.show(&frame, start);
    socket.fade(start + Duration::from_secs(2));
    assert_eq!(socket.faded.bytes(), [99, 49, 24, 255, 0, 127, 0, 255]);
    socket.fade(start + Duration::from_secs(3));
    assert_eq!(socket.faded.bytes(), [0, 0, 0, 255, 0, 0, 0, 255]);
}
