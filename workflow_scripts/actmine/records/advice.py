"""What a model was asked that an island's ideas teach, and what it said."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Advice:
    """One request for advice, and its answer: text of a model, and data wherever it stands.

    Attributes:
        generation: in which it was asked for; prompts after it show the text.
        adviser: the name of an entry of `mutation.mutators`.
        text: some sentences; empty if there are none.
        reason: why there are none; empty if there are some.
        model: the language model that answered; empty if none did.
        prompt_hash: of the messages that it was sent.
        key: of the request in the run's journal; empty if the budget did not admit it.
        tokens, usd: of prompt and reply.
    """

    generation: int
    adviser: str
    text: str = ""
    reason: str = ""
    model: str = ""
    prompt_hash: str = ""
    key: str = ""
    tokens: int = 0
    usd: float = 0.0

    def __post_init__(self) -> None:
        if bool(self.text) == bool(self.reason):
            raise ValueError(
                f"advice of {self.adviser}: a text, or the reason why there is none"
            )
