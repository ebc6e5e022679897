"""Run a program on a terminal of its own: what is typed comes on standard input, what it shows goes to standard output.

usage: pseudo_terminal.py COLUMNS PROGRAM [ARGUMENT]...
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios

program, terminal = pty.fork()
if program == 0:
    size = struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0)
    fcntl.ioctl(0, termios.TIOCSWINSZ, size)
    os.execvp(sys.argv[2], sys.argv[2:])

sources = [0, terminal]
while True:
    ready, _, _ = select.select(sources, [], [])
    if terminal in ready:
        try:
            shown = os.read(terminal, 65536)
        except OSError:  # Linux: the program has closed its side
            shown = b""
        if not shown:
            break
        os.write(1, shown)
    if 0 in ready:
        typed = os.read(0, 65536)
        if typed:
            os.write(terminal, typed)
        else:
            sources.remove(0)

_, status = os.waitpid(program, 0)
# As a shell says it: 128 and the number of the signal that ended it.
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
