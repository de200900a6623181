"""Inertial sensors: queues that fill with time, emptied in bursts over I2C and over SPI.

The pretended chips (vm-tests/debian/devices/chips) say what the test sets, in the units of the
range that the part has chosen; what the reader hears is in m/s², rad/s and °C.
"""


def motion(device: str, x: str, y: str, z: str) -> tuple[int, int]:
    """Samples whose last acceleration begins with these numbers; the samples' count and period."""
    lines = heard(rf"{device} motion [0-9]+ [0-9]+ {x}[0-9]* {y}[0-9]* {z}[0-9]* .*")
    count, period = lines.splitlines()[-1].split()[3:5]
    return int(count), int(period)


start_all()

with subtest("without buses the sensors are gone"):
    reader.wait_for_open_port(1883, timeout=90)
    gateway.wait_for_unit("multi-user.target", timeout=90)
    gateway.succeed("systemctl start heart-input", timeout=60)
    heard("imu is gone since .*")
    heard("fast is gone since .*")

with subtest("I2C: acceleration, rotation and temperature, as readings and as samples"):
    gateway.succeed("modprobe -a uhid hid-cp2112 i2c-dev cuse", "pretend bus uhidi2c")
    play("bus", "plug 6a ism330dhcx", "set 6a acceleration 0 -0.5 1", "set 6a rotation 90 0 -180",
         "set 6a temperature 31")
    heard("imu is running since .* ")
    heard(r"imu reading acceleration_z 9\.(80|79)[0-9]*")
    heard(r"imu reading acceleration_y -4\.90[0-9]*")
    heard(r"imu reading rotation_x 1\.57[0-9]*")
    heard(r"imu reading rotation_z -3\.14[0-9]*")
    heard(r"imu reading temperature 31\.0[0-9]*")
    count, period = motion("imu", "-?0.0", "-4.90", "9.(80|79)")
    assert count >= 1 and abs(period - 1e6 / 104) < 100, (count, period)

with subtest("the sensor is turned over"):
    play("bus", "set 6a acceleration 0 0 -1")
    heard(r"imu reading acceleration_z -9\.(80|79)[0-9]*")
    motion("imu", "-?0.0", "-?0.0", "-9.(80|79)")

with subtest("MPU-6050: wakes up, and its queue of another make"):
    play("bus", "plug 68 mpu6050", "set 68 acceleration 0 1 0", "set 68 rotation 0 0 90",
         "set 68 temperature 36.53")
    heard("wand is running since .* ")
    heard(r"wand reading acceleration_y 9\.(80|79)[0-9]*")
    heard(r"wand reading rotation_z 1\.(57|56)[0-9]*")
    heard(r"wand reading temperature 36\.5[0-9]*")
    motion("wand", "-?0.0", "9.(80|79)", "-?0.0")

with subtest("LIS2MDL: a field, less what the board's own iron adds, and the heading"):
    play("bus", "plug 1e lis2mdl", "set 1e field 35 0 -40")
    heard("compass is running since .* ")
    heard(r"compass reading magnetic_x (30|29\.9)[.0-9]*")
    heard(r"compass reading magnetic_z -(40\.0|39\.9)[0-9]*")
    heard(r"compass reading heading (90\.0|89\.9)[0-9]*")
    play("bus", "set 1e field 5 30 -40")
    heard(r"compass reading heading (0\.[0-9]*|359\.[0-9]*)")

with subtest("LSM303AGR: the queue of its accelerometer"):
    play("bus", "plug 19 lsm303agr_accel", "set 19 acceleration 0 0 -1")
    heard("tilt is running since .* ")
    heard(r"tilt reading acceleration_z -9\.(8|7)[0-9]*")
    motion("tilt", "-?0.0", "-?0.0", "-9.(8|7)")

with subtest("SPI: the same part with other ranges"):
    gateway.succeed("pretend spi cusespi spidev9.0")
    play("spi", "plug 0 ism330dhcx", "set 0 acceleration 12 0 0", "set 0 rotation 0 200 0",
         "set 0 temperature 25")
    heard("fast is running since .* ")
    heard(r"fast reading acceleration_x 117\.[67][0-9]*")
    heard(r"fast reading rotation_y 3\.49[0-9]*")
    count, period = motion("fast", "117.[67]", "-?0.0", "-?0.0")
    assert count >= 1 and abs(period - 1e6 / 416) < 30, (count, period)

with subtest("a queue that ran over is counted, and goes on"):
    # Four seconds of two words at 104 Hz are more than the 512 that it holds.
    play("bus", "set 6a unread 4")
    counts('heart_device_garbage_total{device="imu",reason="dropped"}', lambda n: n >= 1)
    forget()
    play("bus", "set 6a acceleration 1 0 0")
    heard(r"imu reading acceleration_x 9\.(80|79)[0-9]*")

with subtest("a gateway that was stopped for two seconds goes on by itself"):
    gateway.succeed("systemctl kill -s STOP heart-input")
    play("bus", "set 6a acceleration 0 0 1")
    forget()
    gateway.succeed("sleep 2; systemctl kill -s CONT heart-input")
    heard(r"imu reading acceleration_z 9\.(80|79)[0-9]*")

with subtest("the chip goes: its readings are lost; another one is refused; it is back by itself"):
    forget()
    play("bus", "unplug 6a")
    heard("imu is (gone|faulted) since .*")
    heard("imu reading acceleration_x lost")
    play("bus", "plug 6a ism330dhcx", "set 6a identity 108")
    heard("imu is faulted since .*(0x6c|108).*")
    forget()
    play("bus", "set 6a identity 107", "set 6a acceleration 0 1 0")
    heard("imu is running since .* ")
    heard(r"imu reading acceleration_y 9\.(80|79)[0-9]*")

with subtest("the gateway never restarted"):
    assert gateway.get_unit_property("heart-input.service", "NRestarts") == "0"
