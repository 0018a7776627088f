"""A progress bar: one line redrawn on a terminal, a line now and then elsewhere. Writes to stderr."""
import sys
import time

WIDTH = 32
LINE_EVERY_S = 5


class Progress:
    def __init__(self, what, total, stream=sys.stderr):
        self.what, self.total, self.stream = what, max(total, 1), stream
        self.tty = stream.isatty()
        self.began = time.monotonic()
        self.shown_at = self.began

    def show(self, done):
        now = time.monotonic()
        share = done / self.total
        if self.tty:
            if now - self.shown_at < 0.1 and done < self.total:
                return
            self.shown_at = now
            filled = int(WIDTH * share)
            rate = done / max(now - self.began, 0.001)
            left = (self.total - done) / rate if rate else 0
            self.stream.write(f"\r{self.what} [{'#' * filled}{'.' * (WIDTH - filled)}] {share:4.0%}  "
                              f"{done:,} of {self.total:,}  {rate:,.0f}/s  {left:.0f} s left \033[K")
        else:
            if now - self.shown_at < LINE_EVERY_S:
                return
            self.shown_at = now
            self.stream.write(f"{self.what} {share:4.0%}  {done:,} of {self.total:,}  {now - self.began:.1f} s\n")
        self.stream.flush()

    def end(self):
        if self.tty:
            self.stream.write("\n")
            self.stream.flush()
