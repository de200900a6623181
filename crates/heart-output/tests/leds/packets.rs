//! Pixel for pixel the PNG of the same frame, and the bits around the pixels.

use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, UdpSocket};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use ddp_rs::packet::PacketRef;
use ddp_rs::protocol::{DataType, ID, PixelFormat};

use crate::receiver::Receiver;
use crate::tshark::{bytes, dissect, slots};
use crate::{Png, crooked, noise, output, start};

/// Shows one frame on a PNG and on `text`; the LED bytes that the PNG says.
fn show(text: &str) -> Vec<u8> {
    let (wall, png) = (crooked::wall(), Png::new());
    let outputs = start(&wall, &[png.output(), output(text)]);
    outputs.submit(&noise(wall.extent()));
    outputs.finish();
    crooked::leds(&png.frame(), &wall)
}

#[test]
fn ddp_is_the_png_of_the_same_frame_as_another_library_reads_it() {
    let mut receiver = Receiver::new();
    let port = receiver.port();
    let leds = show(&format!("kind = 'ddp'\nhost = '127.0.0.1'\nport = {port}\noffset = 300"));
    let payloads = receiver.take(3);
    let packets: Vec<_> =
        payloads.iter().map(|bytes| PacketRef::from_bytes(bytes).unwrap()).collect();
    let mut at = 300;
    for (number, packet) in (1..).zip(&packets) {
        let header = packet.header;
        assert_eq!((header.packet_type.version, header.sequence_number), (1, number));
        assert_eq!(header.packet_type.push, number == 3, "shown with the last one");
        let kind = header.packet_type;
        assert!(!kind.timecode && !kind.storage && !kind.reply && !kind.query);
        let pixels = header.pixel_config;
        assert_eq!((pixels.data_type, pixels.data_size), (DataType::RGB, PixelFormat::Pixel8Bits));
        assert_eq!((header.id, header.offset), (ID::Default, at));
        assert_eq!(usize::from(header.length), packet.data.len());
        at += u32::from(header.length);
    }
    let data: Vec<u8> = packets.iter().flat_map(|packet| packet.data.to_vec()).collect();
    assert!(data == leds, "other pixels");
}

const E131_FIELDS: [&str; 11] = [
    "acn.pdu.length",
    "acn.cid",
    "acn.dmx.source_name",
    "acn.dmx.priority",
    // Its old name: E1.31-2018 has the synchronization address there.
    "acn.dmx.reserved",
    "acn.dmx.seq_number",
    "acn.dmx.option_s",
    "acn.dmx.universe",
    "acn.dmx.count",
    "acn.dmx.start_code2",
    "acn.dmx.data",
];

#[test]
fn e131_is_the_png_of_the_same_frame_as_wireshark_reads_it() {
    let mut receiver = Receiver::new();
    let port = receiver.port();
    let leds = show(&format!(
        "kind = 'e131'\nhosts = ['127.0.0.1']\nport = {port}\nuniverse = 20\npriority = 150\n\
         sync_universe = 7962"
    ));
    // Seven universes and the packet that synchronizes them, then three times the end.
    let mut packets = receiver.take(7 + 1 + 3 * 7);
    let sync = packets.remove(7);
    assert_eq!((sync.len(), &sync[18..22], sync[44]), (49, &[0, 0, 0, 8][..], 0));
    assert_eq!(u16::from_be_bytes([sync[45], sync[46]]), 7962);
    let rows = dissect(&packets, 5568, &E131_FIELDS);
    for (at, row) in rows.iter().enumerate() {
        let slots = if at % 7 == 6 { 20 * 3 } else { 510 };
        let lengths = format!("{},{},{}", 110 + slots, 88 + slots, 11 + slots);
        let (sequence, universe) = ((at / 7).to_string(), (20 + at % 7).to_string());
        let (ends, count) = (if at < 7 { "0" } else { "1" }, (slots + 1).to_string());
        let source = [&lengths, &rows[0][1], "heart wall-1", "150", "7962"];
        assert_eq!(row[..5], source, "packet {at}");
        assert_eq!(row[5..10], [&sequence, ends, &universe, &count, "0"], "packet {at}");
    }
    assert_eq!(rows[0][1].len(), 36, "the identity is a UUID");
    for frame in rows.chunks(7) {
        let data: Vec<u8> = frame.iter().flat_map(|row| slots(&row[10])).collect();
        assert!(data == leds, "other pixels");
    }
}

#[test]
fn artnet_is_the_png_of_the_same_frame_as_wireshark_reads_it() {
    let mut receiver = Receiver::new();
    let port = receiver.port();
    let host = "kind = 'artnet'\nhost = '127.0.0.1'";
    let leds = show(&format!("{host}\nport = {port}\nuniverse = 254"));
    let fields = [
        "artnet.header.opcode",
        "artnet.header.protver",
        "artnet.output.sequence",
        "artnet.output.universe",
        "artnet.output.length",
        "dmx_chan.data_filter",
    ];
    let rows = dissect(&receiver.take(8), 6454, &fields);
    for (at, row) in rows[..7].iter().enumerate() {
        let length = if at == 6 { 60 } else { 510 };
        let (universe, length) = ((254 + at).to_string(), length.to_string());
        assert_eq!(row[..5], ["0x5000", "14", "1", &universe, &length], "packet {at}");
    }
    assert_eq!(rows[7][..2], ["0x5200", "14"], "ArtSync comes last");
    let data: Vec<u8> = rows.iter().flat_map(|row| bytes(&row[5])).collect();
    assert!(data == leds, "other pixels");
}

/// Two universes, one group each.
#[test]
fn e131_by_multicast_reaches_whoever_joined_the_universes_group() {
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    for universe in [0x0101_u16, 0x0102] {
        let [high, low] = universe.to_be_bytes();
        let group = Ipv4Addr::new(239, 255, high, low);
        socket.join_multicast_v4(&group, &Ipv4Addr::LOCALHOST).unwrap();
    }
    let mut receiver = Receiver::of(socket);
    let leds = show(&format!(
        "kind = 'e131'\ninterface = '127.0.0.1'\nport = {port}\nuniverse = 257\npanels = [1]"
    ));
    let packets = receiver.take(8);
    let data: Vec<u8> = packets[..2].iter().flat_map(|packet| packet[126..].to_vec()).collect();
    let (first, each) = (20 * 13 * 3, 20 * 13 * 3);
    assert!(data == leds[first..first + each], "the second panel's pixels");
}

#[test]
fn socket_frames_are_the_png_of_the_same_frame() {
    let (wall, png) = (crooked::wall(), Png::new());
    let path = png.path().with_extension("socket");
    let socket = output(&format!("kind = 'socket'\npath = '{}'", path.display()));
    let outputs = start(&wall, &[png.output(), socket]);
    let mut stream = UnixStream::connect(&path).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    outputs.submit(&noise(wall.extent()));
    let mut header = [0; 12];
    stream.read_exact(&mut header).unwrap();
    assert_eq!(header, [40, 0, 0, 0, 26, 0, 0, 0, 0x40, 0x10, 0, 0], "40x26, 4160 bytes");
    let mut pixels = vec![0; 4160];
    stream.read_exact(&mut pixels).unwrap();
    outputs.finish();
    assert!(pixels == png.frame().bytes(), "other pixels");
}

/// What docs/outputs.md shows whoever writes a driver.
#[test]
fn the_reader_on_the_page_reads_frames() {
    let page = include_str!("../../../../docs/outputs.md");
    let script = page.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let (wall, place) = (crooked::wall(), Png::new());
    let path = place.path().with_extension("socket");
    let config = format!("kind = 'socket'\npath = '{}'", path.display());
    let outputs = start(&wall, &[output(&config)]);
    outputs.submit(&noise(wall.extent()));
    let script = script.replace("/run/heart-renderer/frames", &path.display().to_string());
    let mut python = Command::new("python3")
        .args(["-u", "-c", &script])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("python3: {error}. Debian's package is python3"));
    let mut said = BufReader::new(python.stdout.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "40 26 4160");
    // It ends with the output, not with an error.
    outputs.finish();
    assert!(python.wait().unwrap().success());
}
