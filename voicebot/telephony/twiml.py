"""TwiML that we answer with: the stream, the keypad's questions, the way to a human."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response
from twilio.twiml import TwiML
from twilio.twiml.voice_response import Connect, Dial, Enqueue, Gather, Stream, VoiceResponse

from voicebot.telephony.configuration import TelephonySettings

PROMPTS = {
    "apology_transfer": "非常抱歉，系统出了点问题，马上为您转接人工客服。",
    "transfer": "正在为您转接人工客服，请稍等。",
    "nobody_answers": "抱歉，人工客服暂时都在忙，请您稍后再拨。再见。",
    "nobody_answers_noted": "抱歉，人工客服暂时都在忙。您的情况已经记下来了，请您稍后再拨。再见。",
    "queue_wait": "人工客服正在忙，请您稍等，马上就来。",
    "too_many_calls": "抱歉，您拨打得太频繁了，请过几分钟再拨。",
    "keypad_menu": "您好，这里是自动客服。语音服务现在有点忙，请您用按键办理。查订单请按一，人工客服请按零。",
    "keypad_again": "继续查订单请按一，人工客服请按零，不需要了请直接挂机。",
    "keypad_no_such_key": "抱歉，没有这个选项。",
    "keypad_nothing_pressed": "我没有收到按键。",
    "keypad_order_tail": "请按订单号的后四位。",
    "keypad_phone_tail": "请按下单手机号的后四位。",
    "keypad_four_digits": "要按四位数字。",
    "keypad_no_match": "抱歉，这两个号码没有对上。",
    "goodbye": "感谢您的来电，再见。",
}
"""Everything fixed that is said outside of a stream, by key; in our own voice where that is rendered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Puts a text into TwiML: our own recording where there is one, else the carrier's voice."""

    settings: TelephonySettings
    has_recording: Callable[[str], bool]
    """Is there one for this key of PROMPTS?"""

    def prompt(self, verb: VoiceResponse | Gather, key: str) -> None:
        """Say a fixed text."""
        if self.has_recording(key):
            verb.play(f"/voice/prompts/{key}.wav")
        else:
            self.say(verb, PROMPTS[key])

    def say(self, verb: VoiceResponse | Gather, text: str) -> None:
        """Say any text, by the carrier's voice."""
        verb.say(text, language=self.settings.say_language, voice=self.settings.say_voice)


def answer(twiml: TwiML) -> Response:
    """Make the HTTP answer."""
    return Response(str(twiml), content_type="text/xml; charset=utf-8")


def connect_stream(url: str, ticket: str) -> VoiceResponse:
    """Carry the call to our socket, and come back to /voice/after-stream when that closes."""
    stream = Stream(url=url)
    stream.parameter(name="ticket", value=ticket)
    connect = Connect(action="/voice/after-stream")
    connect.append(stream)
    response = VoiceResponse()
    response.append(connect)
    return response


def gather_digits(*, action: str, digits: int, timeout_seconds: int = 6) -> Gather:
    """Ask for keys; what is said goes inside, and nothing pressed falls through to what follows it."""
    return Gather(
        input="dtmf", action=action, method="POST", num_digits=digits, timeout=timeout_seconds,
        action_on_empty_result=True, finish_on_key="#",
    )  # fmt: skip


def to_human(settings: TelephonySettings, speaker: Speaker, prompt: str | None) -> VoiceResponse:
    """Say ``prompt``, if any, and go on to the agents' number, or into the queue where there is none."""
    response = VoiceResponse()
    if prompt is not None:
        speaker.prompt(response, prompt)
    if settings.agent_number:
        dial = Dial(action="/voice/dial-result", timeout=settings.dial_timeout_seconds, answer_on_bridge=True)
        dial.number(settings.agent_number)
        response.append(dial)
    else:
        enqueue = Enqueue(settings.queue_name, action="/voice/dial-result", wait_url="/voice/queue-wait")
        response.append(enqueue)
    return response


def farewell(speaker: Speaker, prompt: str | None) -> VoiceResponse:
    """Say ``prompt``, if any, and hang up."""
    response = VoiceResponse()
    if prompt is not None:
        speaker.prompt(response, prompt)
    response.hangup()
    return response
