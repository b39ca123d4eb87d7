"""Prints lines, and on a terminal a bar below them."""

import os
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from tqdm import tqdm

# How signs are spelled where an encoding lacks them.
_ASCII = str.maketrans({"\N{PLUS-MINUS SIGN}": "+-", "\N{MINUS SIGN}": "-"})
_BAR = "{percentage:3.0f}% |{bar:20}| {desc}"


class Screen:
    """A stream of lines; `live` tells whether it is a terminal that can take a line back."""

    def __init__(self, stream: TextIO) -> None:
        self.live = (
            stream.isatty()
            and os.getenv("TERM", "dumb") != "dumb"
            and os.get_terminal_size(stream.fileno()).columns > 0  # 0 where nobody knows
        )
        self._stream = stream
        self._bar: tqdm[Any] | None = None

    def print(self, text: str) -> None:
        """Prints text in lines of its own, above the bar."""
        text = self._spelled(text)
        if self._bar is None:
            print(text, file=self._stream, flush=True)
        else:
            self._bar.write(text, file=self._stream)

    def show(self, standing: Any) -> None:
        """Draws the bar as a run stands.

        Args:
            standing: with `share`, from 0 to 1, and `line`.
        """
        if self._bar is None:
            from tqdm import tqdm  # half a tenth of a second that a dry run need not wait for

            self._bar = tqdm(
                total=1.0,
                desc=self._spelled(standing.line),
                initial=min(standing.share, 1.0),
                file=self._stream,
                bar_format=_BAR,
                dynamic_ncols=True,
                leave=False,
            )
            return
        self._bar.n = min(standing.share, 1.0)
        self._bar.set_description_str(self._spelled(standing.line))

    def close(self) -> None:
        """Takes the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _spelled(self, text: str) -> str:
        try:
            text.encode(self._stream.encoding or "utf-8")
        except UnicodeError:
            text = text.translate(_ASCII)
        return text
