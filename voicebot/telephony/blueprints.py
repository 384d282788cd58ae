"""All blueprints of the carrier's side, ready to be registered on one Flask application."""

from __future__ import annotations

from flask import Blueprint

from voicebot.telephony.configuration import PromptSource, TelephonySettings, no_prompts
from voicebot.telephony.health import create_health
from voicebot.telephony.keypad import create_keypad
from voicebot.telephony.line import Line
from voicebot.telephony.media_socket import create_media_socket, create_softphone_socket
from voicebot.telephony.softphone import create_softphone
from voicebot.telephony.switchboard import Switchboard
from voicebot.telephony.webhook import create_webhooks


def create_blueprints(
    line: Line,
    settings: TelephonySettings,
    *,
    prompts: PromptSource = no_prompts,
    multiprocess_folder: str | None = None,
) -> list[Blueprint]:
    """Build webhooks, keypad menu, media sockets, health and, unless it is switched off, the softphone."""
    board = Switchboard.build(line, settings, prompts=prompts)
    blueprints = [
        create_webhooks(board),
        create_keypad(board),
        create_media_socket(board),
        create_health(line, multiprocess_folder=multiprocess_folder),
    ]
    if settings.softphone:
        blueprints += [create_softphone(board), create_softphone_socket(board)]
    return blueprints
