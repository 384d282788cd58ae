"""The carrier's part of a whole call: signed webhooks, TwiML followed, the stream carried, the transfer."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import urljoin

import requests
from websockets.exceptions import InvalidStatus

from voicebot.simulator.channel import CLEAN, Channel, ChannelQuality
from voicebot.simulator.clock import Clock, RealClock
from voicebot.simulator.link import SocketLink
from voicebot.simulator.recording import write_timeline
from voicebot.simulator.signing import HEADER, sign
from voicebot.simulator.stream import Caller, SimulatedStream, StreamIds
from voicebot.simulator.twiml import TwimlError, Verb, parse

AgentBehaviour = Literal["answers", "no-answer", "busy"]
MAX_VERBS = 200
HTTP_TIMEOUT_SECONDS = 15.0
WITHHELD_NUMBER = "+266696687"
"""What the carrier gives for an anonymous caller: the word on a telephone's keys."""


class PhoneCaller(Caller, Protocol):
    """Somebody who can also answer a keypad menu."""

    def press_for_menu(self, said: list[str]) -> str:
        """Return the keys for what the menu said, '' for none."""

    def finish(self) -> None:
        """Hear that the call is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    account_sid: str
    auth_token: str = field(repr=False)


@dataclass(slots=True, kw_only=True)
class CallRecord:
    """Everything about one simulated call that a test or the demonstration may ask."""

    call_sid: str
    verbs: list[str] = field(default_factory=list)
    """Names of the verbs carried out, in order."""
    said: list[str] = field(default_factory=list)
    """By the carrier outside of a stream: texts, and addresses of recordings."""
    streams: list[SimulatedStream] = field(default_factory=list)
    transferred_to: str | None = None
    """Number dialled or queue entered."""
    agent_answered: bool = False
    requests: list[tuple[str, int]] = field(default_factory=list)
    """Webhooks posted: path and HTTP status."""
    error: str | None = None
    """What the carrier would have said instead of the bot: an application error."""

    @property
    def stream(self) -> SimulatedStream:
        """The call's only stream."""
        (stream,) = self.streams
        return stream


class _CallOver(Exception):  # noqa: N818  the end, not an error
    pass


class SimulatedTwilio:
    """Places calls to a hotline that runs elsewhere.

    ``webhook_url`` is where the hotline is told to be reached; addresses beginning with ``public_base`` are
    signed as they stand and reached at ``reach_base``, as through a proxy or tunnel.
    """

    def __init__(
        self,
        webhook_url: str,
        account: Account,
        *,
        clock: Clock | None = None,
        public_base: str | None = None,
        reach_base: str | None = None,
        agent: AgentBehaviour = "answers",
    ) -> None:
        self._webhook_url = webhook_url
        self._account = account
        self._clock = clock or RealClock()
        self._public_base = public_base
        self._reach_base = reach_base
        self._agent = agent
        self._http = requests.Session()
        self._http.trust_env = False

    def close(self) -> None:
        self._http.close()

    def call(
        self,
        caller: PhoneCaller,
        *,
        from_number: str | None,
        to_number: str,
        quality: ChannelQuality = CLEAN,
        call_sid: str | None = None,
        keep_in: Path | None = None,
        on_stream: Callable[[SimulatedStream], None] | None = None,
    ) -> CallRecord:
        """Carry one call from its first webhook to its last, in real time.

        ``keep_in``: a folder that gets SID.wav (left caller, right bot) and SID.json (the timeline).
        """
        sid = call_sid or "CA" + secrets.token_hex(16)
        record = CallRecord(call_sid=sid)
        leg = _Leg(self, record, caller, from_number or WITHHELD_NUMBER, to_number, quality, on_stream)
        began_seconds = self._clock.now()
        try:
            leg.run()
        finally:
            caller.finish()
            if keep_in is not None:
                _keep(record, keep_in)
        leg.post_status("completed", round(self._clock.now() - began_seconds))
        return record

    # What a leg needs of its carrier.

    @property
    def account(self) -> Account:
        return self._account

    @property
    def clock(self) -> Clock:
        return self._clock

    @property
    def webhook_url(self) -> str:
        return self._webhook_url

    @property
    def agent(self) -> AgentBehaviour:
        return self._agent

    def post(self, url: str, fields: Mapping[str, str]) -> requests.Response:
        """Post a webhook, signed for the address as the hotline knows it."""
        signature = sign(self._account.auth_token, url, fields)
        return self._http.post(
            self._reachable(url),
            data=dict(fields),
            headers={HEADER: signature, "User-Agent": "TwilioProxy/1.1"},
            timeout=HTTP_TIMEOUT_SECONDS,
        )

    def get(self, url: str) -> requests.Response:
        return self._http.get(self._reachable(url), timeout=HTTP_TIMEOUT_SECONDS)

    def open_link(self, url: str) -> SocketLink:
        return SocketLink(self._reachable(url), {HEADER: sign(self._account.auth_token, url)})

    def _reachable(self, url: str) -> str:
        if self._public_base is None or self._reach_base is None:
            return url
        for scheme in ("http", "ws"):
            base = re.sub(r"^http", scheme, self._public_base)
            if url.startswith(base):
                return re.sub(r"^http", scheme, self._reach_base) + url[len(base) :]
        return url


class _Leg:
    """One call in progress: follows TwiML until it hangs up or runs out."""

    def __init__(
        self,
        carrier: SimulatedTwilio,
        record: CallRecord,
        caller: PhoneCaller,
        from_number: str,
        to_number: str,
        quality: ChannelQuality,
        on_stream: Callable[[SimulatedStream], None] | None,
    ) -> None:
        self._carrier = carrier
        self._record = record
        self._caller = caller
        self._from = from_number
        self._to = to_number
        self._quality = quality
        self._on_stream = on_stream
        self._base_url = carrier.webhook_url

    def run(self) -> None:
        try:
            verbs = self._fetch(self._carrier.webhook_url, {})
            for _ in range(MAX_VERBS):
                if not verbs:
                    return
                verb, *rest = verbs
                self._record.verbs.append(verb.name)
                following = self._carry_out(verb)
                verbs = rest if following is None else following
            self._record.error = f"over {MAX_VERBS} verbs: the TwiML goes in circles"
        except _CallOver:
            return
        except TwimlError as error:
            self._record.error = str(error)

    def post_status(self, status: str, duration_seconds: int) -> None:
        fields = self._fields({"CallStatus": status, "CallDuration": str(duration_seconds)})
        url = urljoin(self._carrier.webhook_url, "status")
        answered = self._carrier.post(url, fields)
        self._record.requests.append((url, answered.status_code))

    def _fields(self, more: Mapping[str, str]) -> dict[str, str]:
        return {
            "AccountSid": self._carrier.account.account_sid,
            "ApiVersion": "2010-04-01",
            "CallSid": self._record.call_sid,
            "CallStatus": "in-progress",
            "Direction": "inbound",
            "From": self._from,
            "To": self._to,
            **more,
        }

    def _fetch(self, url: str, more: Mapping[str, str]) -> list[Verb]:
        answered = self._carrier.post(url, self._fields(more))
        self._record.requests.append((url, answered.status_code))
        if answered.status_code != 200:
            raise TwimlError(f"HTTP {answered.status_code} (error 11200)")
        self._base_url = url
        return parse(answered.content.decode("utf-8"))

    def _follow(self, verb: Verb, more: Mapping[str, str]) -> list[Verb] | None:
        action = verb.attributes.get("action")
        return None if action is None else self._fetch(urljoin(self._base_url, action), more)

    def _carry_out(self, verb: Verb) -> list[Verb] | None:
        """Return the document that takes over, None to go on with the next verb."""
        match verb.name:
            case "Say" | "Play":
                self._hear(verb)
            case "Connect":
                return self._connect(verb)
            case "Gather":
                return self._gather(verb)
            case "Dial":
                return self._dial(verb)
            case "Enqueue":
                return self._enqueue(verb)
            case "Redirect":
                return self._fetch(urljoin(self._base_url, verb.text), {})
            case "Hangup" | "Reject":
                raise _CallOver
        return None

    def _hear(self, verb: Verb) -> None:
        for spoken in verb.spoken():
            self._record.said.append(spoken)
        for play in [part for part in (verb, *verb.children) if part.name == "Play"]:
            answered = self._carrier.get(urljoin(self._base_url, play.text))
            if answered.status_code != 200 or not answered.content.startswith(b"RIFF"):
                raise TwimlError(f"<Play> found no WAV at {play.text}")

    def _connect(self, verb: Verb) -> list[Verb] | None:
        stream_verb = verb.children[0]
        parameters = {child.attributes["name"]: child.attributes["value"] for child in stream_verb.children}
        ids = StreamIds(
            account_sid=self._carrier.account.account_sid,
            call_sid=self._record.call_sid,
            stream_sid="MZ" + self._record.call_sid[2:],
        )
        # The carrier takes the query off a stream's address.
        url = urljoin(self._base_url, stream_verb.attributes["url"]).partition("?")[0]
        try:
            link = self._carrier.open_link(url)
        except InvalidStatus as refused:
            self._record.error = (
                f"the stream was refused with HTTP {refused.response.status_code} (error 31920)"
            )
            return self._follow(verb, {"StreamSid": ids.stream_sid, "StreamEvent": "stream-error"})
        stream = SimulatedStream(
            link=link,
            ids=ids,
            parameters=parameters,
            caller=self._caller,
            channel=Channel(self._quality),
        )
        self._record.streams.append(stream)
        if self._on_stream is not None:
            self._on_stream(stream)
        try:
            stream.open()
            zero_seconds = self._carrier.clock.now()
            while stream.ended is None:
                self._carrier.clock.sleep_until(zero_seconds + stream.next_step_seconds)
                stream.step()
        finally:
            link.close()
        if stream.ended != "bot_closed":
            raise _CallOver
        return self._follow(verb, {"StreamSid": ids.stream_sid})

    def _gather(self, verb: Verb) -> list[Verb] | None:
        said = verb.spoken()
        self._hear(verb)
        digits = self._caller.press_for_menu(said)[: int(verb.attributes.get("numDigits", "32"))]
        if digits or verb.attributes.get("actionOnEmptyResult") == "true":
            return self._follow(verb, {"Digits": digits})
        return None

    def _dial(self, verb: Verb) -> list[Verb] | None:
        self._record.transferred_to = verb.children[0].text if verb.children else verb.text
        self._record.agent_answered = self._carrier.agent == "answers"
        status = {"answers": "completed", "no-answer": "no-answer", "busy": "busy"}[self._carrier.agent]
        return self._follow(verb, {"DialCallStatus": status})

    def _enqueue(self, verb: Verb) -> list[Verb] | None:
        self._record.transferred_to = verb.text
        wait_url = verb.attributes.get("waitUrl")
        if wait_url:
            waiting = urljoin(self._base_url, wait_url)
            answered = self._carrier.post(waiting, self._fields({"QueuePosition": "1"}))
            self._record.requests.append((waiting, answered.status_code))
            for part in parse(answered.content.decode("utf-8")):
                self._hear(part)
        self._record.agent_answered = self._carrier.agent == "answers"
        result = {"answers": "bridged", "no-answer": "error", "busy": "queue-full"}[self._carrier.agent]
        return self._follow(verb, {"QueueResult": result})


def _keep(record: CallRecord, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for stream in record.streams:
        stream.recording.write_wav(folder / f"{record.call_sid}.wav")
        write_timeline(
            folder / f"{record.call_sid}.json",
            stream.timeline.events(),
            call_sid=record.call_sid,
            seconds=round(stream.recording.seconds, 2),
            ended=stream.ended,
            transferred_to=record.transferred_to,
        )
