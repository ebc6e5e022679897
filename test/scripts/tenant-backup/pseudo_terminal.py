"""Run a program on a terminal of its own: what is typed comes on standard input, what it shows goes to standard output.

usage: pseudo_terminal.py PROGRAM [ARGUMENT]...
"""

import os
import pty
import select
import sys

program, terminal = pty.fork()
if program == 0:
    os.execvp(sys.argv[1], sys.argv[1:])

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
sys.exit(os.waitstatus_to_exitcode(status) & 255)
