"""The table of what may come of a send: what it means, what it costs, what is said.

The first row that fits decides. docs/models.md tells a user the same.
"""

from actmine.llm.outcome import Fate, Outcome, Seen
from actmine.number_text import counted

COME_AGAIN = frozenset({408, 409, 423, 424, 425, 429, 449, 499})
TIMEOUT_RETRIES = 3  # each takes as long as all that is allowed, and is paid for [ours]
_ANSWERED = (Seen.REFUSING, Seen.ERROR)
_NO_ROOM = "has no room for a prompt of this length ({status})"
_MORE_ROOM = (
    "give it a larger context (llama.cpp's --ctx-size, vLLM's --max-model-len), or "
    "lower max_tokens"
)


TABLE = (
    Outcome(
        seen=(Seen.UNREACHED,),
        words=r"proxyerror",
        fate=Fate.DOWN,
        what="cannot be reached through a proxy",
        remedy="correct or unset {proxy}; one of SOCKS needs the package socksio",
    ),
    Outcome(
        seen=(Seen.UNREACHED,),
        words=r"<proxy>",
        fate=Fate.TRANSIENT,
        what="is behind a proxy that cannot be reached",
        remedy="correct or unset {proxy}, or name the host in NO_PROXY",
    ),
    Outcome(
        seen=(Seen.UNSENT,),
        words=r"api[ _-]?key|credential|authenticat",
        fate=Fate.ACCOUNT,
        what="has no key",
        remedy="export {key}, or name another variable in key_env",
    ),
    Outcome(
        seen=(Seen.UNSENT,),
        fate=Fate.DOWN,
        what="cannot be sent to",
        remedy="correct the model's name or its parameters",
    ),
    Outcome(
        seen=(Seen.UNREACHED,),
        words=r"certificate",
        fate=Fate.DOWN,
        what="shows a certificate that is not trusted",
        remedy="name the file of its authority in SSL_CERT_FILE, or correct api_base",
    ),
    Outcome(
        seen=(Seen.UNREACHED, Seen.LOST),
        words=r"wrong_version_number|record layer|unknown_protocol|\[ssl",
        fate=Fate.DOWN,
        what="does not speak TLS",
        remedy="write http:// in api_base, or correct its port",
    ),
    Outcome(
        seen=(Seen.UNREACHED,),
        words=r"unsupportedprotocol|name or service|nodename|no address associated",
        fate=Fate.DOWN,
        what="has no address",
        remedy="correct the host in api_base, or look at this machine's network",
    ),
    Outcome(
        seen=(Seen.UNREACHED,),
        fate=Fate.TRANSIENT,
        what="is unreachable",
        remedy="start it or set api_base",
    ),
    Outcome(
        seen=(Seen.LOST,),
        words=r"timeout|no reply within",
        fate=Fate.TRANSIENT,
        exhausted=Fate.REJECTED,
        charged=True,
        retries=TIMEOUT_RETRIES,
        what="takes longer than a reply may",
        remedy="raise timeout_s in mutation.client, lower concurrency, or add a fallback",
    ),
    Outcome(
        seen=(Seen.LOST,),
        fate=Fate.TRANSIENT,
        exhausted=Fate.REJECTED,
        charged=True,
        what="breaks off",
        remedy="look at the server's own log, or add a fallback{through}",
    ),
    Outcome(
        seen=(Seen.BROKEN_OFF,),
        fate=Fate.TRANSIENT,
        exhausted=Fate.REJECTED,
        charged=True,
        what="ends its replies with an error",
        remedy="look at the server's own log, or add a fallback",
    ),
    Outcome(
        seen=(Seen.MOVED,),
        fate=Fate.DOWN,
        what="sends elsewhere ({status})",
        remedy="set api_base to the address where it really is",
    ),
    Outcome(
        seen=(407,),
        fate=Fate.DOWN,
        what="is behind a proxy that wants a password (407)",
        remedy="correct {proxy}, or name the host in NO_PROXY",
    ),
    Outcome(
        seen=_ANSWERED,
        words=r"(country|region|territory|location)\W[^.]{0,40}not (supported|available|allow)"
        r"|not (supported|available|allowed) in (your|this) (country|region|territory|location)"
        r"|unsupported_country",
        fate=Fate.ACCOUNT,
        what="is not offered where you are ({status})",
        remedy="choose another model, or another provider of it",
    ),
    Outcome(
        seen=(*_ANSWERED, Seen.FAILING),
        words=r"context[_ -]?(length|window|size)|maximum context|max_model_len|n_ctx"
        r"|prompt (is |was )?too (long|large)|input (is |was )?too (long|large)"
        r"|input length|request (is )?too large"
        r"|`inputs` tokens|tokens to keep|string_above_max|input token count"
        r"|reduce the length|exceeds? the (model|maximum|limit)[^.]{0,40}tokens",
        fate=Fate.REFUSED,
        what=_NO_ROOM,
        remedy=_MORE_ROOM,
    ),
    Outcome(  # where it asks to come again, it may mean those of a minute
        seen=_ANSWERED,
        words=r"^(?!.*(wait|again|throttl|per[ _-]?(min|day))).*"
        r"too many (input |prompt )?tokens",
        fate=Fate.REFUSED,
        what=_NO_ROOM,
        remedy=_MORE_ROOM,
    ),
    Outcome(
        seen=(429,),
        words=r"request (is )?too large|context[_ -]?(length|window)|maximum context",
        fate=Fate.REFUSED,
        what=_NO_ROOM,
        remedy=_MORE_ROOM,
    ),
    Outcome(
        seen=_ANSWERED,
        words=r"moderation|flagged|content[_ -]?(policy|filter|management|safety|exists)"
        r"|safety (system|filter|setting|polic)|responsible_?ai|usage polic|acceptable use"
        r"|data_?inspection|inappropriate|harmful|prohibited_?content|guardrail"
        r"|sensitive (content|word|information|topic)",
        fate=Fate.REFUSED,
        what="refuses the prompt for what it says ({status})",
        remedy="choose another model, or add a fallback",
    ),
    Outcome(
        seen=(429,),
        words=r"^(?!.*(per[ _-]?day|daily|\brpd\b|\btpd\b))"
        r".*(per[ _-]?min|\b[rt]pm\b|(again|retry) (in|after) [\d.]+ ?s)",
        fate=Fate.TRANSIENT,
        what="asks to come again (429)",
        remedy="set requests_per_minute to what the account allows, or lower concurrency",
    ),
    Outcome(
        seen=(*_ANSWERED, 429),
        words=r"<402>|insufficient[_ ]?(quota|balance|funds|credit)|current[_ ]quota"
        r"|quota[_ ]exceeded|exceeded[^.]{0,30}quota|billing|credit balance|\bcredits\b"
        r"|payment required|spend(ing)?[_ ](limit|cap)|per[ _-]?(day|month|week)|daily|monthly"
        r"|weekly|\brpd\b|\btpd\b|arrear|usage limit|(account|organization|project)[^.]{0,30}"
        r"(suspend|deactivat|disabled|not active|inactive|overdue)",
        fate=Fate.ACCOUNT,
        what="has used up what its account may ({status})",
        remedy="look at the plan, the credit and the daily limits of the account behind {key}, "
        "or add a fallback",
    ),
    Outcome(
        seen=(403,),
        words=r"<page>",
        fate=Fate.DOWN,
        what="is shut off by a page of the web (403)",
        remedy="look at what stands between, a firewall or a check for robots{through}, or "
        "correct api_base",
    ),
    Outcome(
        seen=_ANSWERED,
        words=r"<401>|api[ _-]?key|authenticat"
        r"|(invalid|incorrect|expired|missing|no|bad)[_ ](auth|cred|token\b)"
        r"|unauthori[sz]ed|unauthenticated|(bearer|access|auth)[ _]token",
        fate=Fate.ACCOUNT,
        what="refuses the key ({status})",
        remedy="{check_key}",
    ),
    Outcome(
        seen=(Seen.PAGE,),
        words=r"plain http request|https port|tls",
        fate=Fate.DOWN,
        what="speaks TLS only ({status})",
        remedy="write https:// in api_base",
    ),
    Outcome(
        seen=(413,),
        fate=Fate.REJECTED,
        what="takes no request of this size (413)",
        remedy="raise that limit, mostly that of a web server before the model "
        "(nginx: client_max_body_size)",
    ),
    Outcome(
        seen=(*_ANSWERED, *COME_AGAIN),
        words=r"<(408|409|423|424|425|429|449|499)>|rate[ _-]?limit|too many requests"
        r"|overloaded|is (currently |still )?loading|temporarily unavailable|at capacity"
        r"|throttl|too many tokens",
        fate=Fate.TRANSIENT,
        what="asks to come again ({status})",
        remedy="set requests_per_minute below its limit, lower concurrency, or add a fallback",
    ),
    Outcome(
        seen=(501, 404, 405, Seen.ERROR),
        words=r"<page>|unexpected endpoint|no route|cannot post|invalid url|method not allowed"
        r"|(file|path|page|resource|endpoint|route|^|\") ?not found|unknown (path|url|route)"
        r"|not implemented",
        fate=Fate.DOWN,
        what="has nothing at this address ({status})",
        remedy="{path}",
    ),
    Outcome(
        seen=(Seen.PAGE,),
        fate=Fate.DOWN,
        what="answers with a page of the web ({status})",
        remedy="{path}",
    ),
    Outcome(
        seen=(403,),
        fate=Fate.ACCOUNT,
        what="refuses the key (403)",
        remedy="{check_key}, and what it may use",
    ),
    Outcome(
        seen=_ANSWERED,
        words=r"model.{0,90}(not (be )?found|not exist|unknown|not supported|not (been )?load"
        r"|no longer|decommissioned|deprecated|unavailable|not available|not allowed|no access"
        r"|does not have access)|(unknown|invalid|no such|unrecognized|unsupported) model"
        r"|not a valid model|model[_ ]not[_ ]|deployment[^.]{0,40}not exist"
        r"|no models? loaded|access to model",
        fate=Fate.DOWN,
        what="does not know the model ({status})",
        remedy="correct the model's name, or load it there",
    ),
    Outcome(
        seen=(404, 410),
        fate=Fate.DOWN,
        what="does not know the model ({status})",
        remedy="correct the model's name, or api_base: {path}",
    ),
    Outcome(
        seen=(Seen.REFUSING,),
        fate=Fate.REJECTED,
        what="rejects the request ({status})",
        remedy="{parameter}",
    ),
    Outcome(
        seen=(500, Seen.ERROR),
        fate=Fate.TRANSIENT,
        exhausted=Fate.REJECTED,
        what="fails ({status})",
        remedy="look at the server's own log, or add a fallback",
    ),
    Outcome(
        seen=(Seen.FAILING,),
        fate=Fate.TRANSIENT,
        what="is out of order ({status})",
        remedy="wait until it is in order, look at its log, or add a fallback{through}",
    ),
    Outcome(
        seen=(Seen.UNREADABLE,),
        fate=Fate.TRANSIENT,
        exhausted=Fate.REJECTED,
        charged=True,
        what="sends no reply that can be read",
        remedy="look at what answers there; {path}",
    ),
)


def outcome_of(*seen: int | str | None, words: str) -> Outcome:
    """The row of what was seen of a send.

    Args:
        seen: the status, and what there is besides.
        words: of the error, in lower case; a pattern finds the status before them.
    """
    marks: set[int | str] = {each for each in seen if each is not None}
    status = next((each for each in marks if isinstance(each, int)), 0)
    if status not in COME_AGAIN and status >= 300:
        marks.add(f"{min(status // 100, 5)}xx")
    return next(row for row in TABLE if row.fits(marks, f"<{status}> {words}"))


CUT = "cut"
FULL = "full"
FILTERED = "filtered"
FAILED = "failed"

# Why a message ended, in the words of all providers; any other word is an ordinary end.
FINISHES = {
    CUT: ("length max_tokens max_output_tokens max_completion_tokens token_limit"),
    FULL: "model_context_window_exceeded context_length context_window model_length",
    FILTERED: (
        "content_filter content_filtered refusal safety recitation blocklist sensitive"
        " prohibited_content spii guardrail_intervened moderation"
    ),
    FAILED: (
        "error failed abort aborted cancelled canceled network_error engine_error timeout"
        " insufficient_system_resource server_error"
    ),
}


def ending(finish: str) -> str:
    """How a message ended: cut, full, filtered or failed; empty if as it should."""
    word = finish.partition(" ")[0].lower()
    return next((end for end, words in FINISHES.items() if word in words.split()), "")


def unfinished(finish: str, *, tokens: int, limit: int) -> str:
    """Why a message has no whole program; empty if it came to an ordinary end.

    Args:
        finish: why it ended, in the provider's word.
        tokens: of the message, its thoughts included.
        limit: the longest that was asked for.
    """
    word, after = finish.partition(" ")[0], f"after {counted(tokens, 'token')}"
    told = {
        CUT: f"it was cut ({word}) {after}, thoughts included, of max_tokens "
        f"{limit}; raise max_tokens, have it think less, or give your own server more context",
        FULL: f"its context was full ({word}) {after}; give it a larger one, or "
        "choose another model",
        FILTERED: f"the provider's filter withheld the reply ({word})",
    }
    return told.get(ending(finish), "")
