"""The tree of all errors raised on purpose.

Each error answers three questions in the user's language: what happened (`title`), why (`cause`, often the
server's own words), what to do (`hint`). An error inside a stream travels as a value, in
`neurotui.wire.events.Failed`.

    NeurotuiError
    ├── ConfigurationError      what was configured or typed
    │   ├── BadBaseURL  BadKey  KeyMissing  BadProxy  BadCertificates  BadSettings
    │   ├── SettingsNotSaved  ProfileUnknown
    │   ├── ServerGone  ServerMoved  HeldWithDemo  HeldWithServer
    │   ├── HeaderUnusable
    │   ├── KeyNotSaved  KeyFileUnreadable  KeyCommandFailed  KeyringUnavailable
    │   ├── InputUnusable  OutputUnusable  AttachmentUnusable
    ├── ConnectionFailed        the network, before or while an answer came
    │   ├── NameNotResolved  ConnectionRefused  ConnectTimeout  TLSUnanswered  TLSRefused  ProxyFailed
    │   ├── Disconnected  SilenceTimeout  LookupTimeout  HeadTimeout
    ├── ProtocolViolated        what came is not what such a server says
    │   ├── NotAnAPI  NotTLS  HTTPSExpected  WebPageReceived  Redirected  LimitExceeded  EmptyReply
    ├── RequestRefused          the server said no
    │   ├── KeyRefused  PasswordRefused  BalanceExhausted  ModerationBlocked  AccessDenied  WrongAddress
    │   ├── ModelNotFound  ModelsNotListed
    │   ├── ContextTooLong  AttachmentRefused  RateLimited  UpstreamUnavailable  ServerFailed
    ├── BudgetReached           the limit that the user has set
    ├── NotCompared             several models that cannot be asked the same
    ├── EditorFailed            the editor of the user's choice
    ├── RecordingUnusable       a file of recorded turns
    └── StoreError              the disk
        ├── NoFolder  DiskFull  StoreReadOnly  StoreLocked  StoreDamaged  StoreTooNew  TranscriptUnreadable
        ├── WorkStopped  AttachmentLost
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from neurotui.i18n import N_, _
from neurotui.i18n.formats import duration


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """An error as it is stored with a message and printed by `ask --json`."""

    kind: str
    """Machine-readable name: see `NeurotuiError.kind`."""
    title: str
    """What happened."""
    message: str
    """Why, if known: usually the server's own words."""
    hint: str
    """What to do."""
    http_status: int | None = None
    code: str | None = None
    request_id: str | None = None


def has_version(url: object) -> bool:
    """True if the path of an address has a version in it, such as /v1."""
    return re.search(r"/v\d+\w*(?:/|$)", str(url)) is not None


class NeurotuiError(Exception):
    """Base of all errors raised on purpose. `cause` must be redacted already; `facts` fill the texts."""

    kind: ClassVar[str] = "error"
    title_text: ClassVar[str] = N_("Something went wrong")
    brief_text: ClassVar[str] = ""
    hint_text: ClassVar[str] = ""

    def __init__(
        self,
        cause: str = "",
        *,
        http_status: int | None = None,
        stated_status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        **facts: object,
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.http_status = http_status
        self.stated_status = stated_status
        """The status that the body states, if that tells more than the status of the response."""
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after
        """Seconds the server asked to wait, if it did."""
        self.facts = facts

    @property
    def title(self) -> str:
        """What happened, in one sentence without a full stop."""
        return _(self.title_text).format(**self.facts)

    @property
    def brief(self) -> str:
        """What happened, in the few words that fit beside a countdown."""
        return _(self.brief_text) if self.brief_text else self.title

    @property
    def status(self) -> int | None:
        """The HTTP status that counts: what the body states, else the response's."""
        return self.stated_status or self.http_status

    @property
    def passes(self) -> bool:
        """True if the server was not reached, or could not answer then: the same call may do better soon."""
        return self.http_status is None or self.http_status >= 500 or self.http_status in (408, 425, 429)

    @property
    def hint(self) -> str:
        """Advice to the user; empty if there is none."""
        return _(self.hint_text).format(**self.facts) if self.hint_text else ""

    def record(self) -> ErrorRecord:
        """Return this error as a value, in the current language."""
        return ErrorRecord(
            self.kind, self.title, self.cause, self.hint, self.http_status, self.code, self.request_id
        )

    def __str__(self) -> str:
        return ". ".join(part.rstrip(".") for part in (self.title, self.cause, self.hint) if part)


class ConfigurationError(NeurotuiError):
    kind = "configuration"
    title_text = N_("The configuration cannot be used")


class BadBaseURL(ConfigurationError):
    kind = "base_url"
    title_text = N_("The server address cannot be used: {url}")
    hint_text = N_("An address looks like https://neuroapi.host/v1")


class BadKey(ConfigurationError):
    kind = "key"
    title_text = N_("The API key cannot be used")
    hint_text = N_("Copy the key again: it has only Latin letters, digits and hyphens")


class KeyMissing(ConfigurationError):
    kind = "key_missing"
    title_text = N_("No API key is set")
    hint_text = N_(
        "Add a key: F6 in the chat, or neurotui key set. The demo needs none: F4, or neurotui --demo"
    )


class BadProxy(ConfigurationError):
    kind = "proxy"
    title_text = N_("The proxy settings cannot be used: {variable}")
    hint_text = N_("Correct or unset the variable and start again")


class BadCertificates(ConfigurationError):
    kind = "certificates"
    title_text = N_("The certificates cannot be read: {variable}")
    hint_text = N_("Correct or unset the variable and start again")


class BadSettings(ConfigurationError):
    kind = "settings"
    title_text = N_("The settings file has an error: {place}")
    hint_text = N_("The default is used until it is corrected")


class SettingsNotSaved(ConfigurationError):
    kind = "settings_not_saved"
    title_text = N_("The settings cannot be saved")
    hint_text = N_("The changes last until neurotui quits")


class KeyNotSaved(ConfigurationError):
    kind = "key_not_saved"
    title_text = N_("The API key cannot be saved")
    hint_text = N_("Keep it in the system keyring or in a variable, or use it until neurotui ends")


class KeyFileUnreadable(ConfigurationError):
    kind = "key_file"
    title_text = N_("The file of the API keys cannot be read: {path}")
    hint_text = N_("Correct or remove it, then give the key again")


class KeyCommandFailed(ConfigurationError):
    kind = "key_command"
    title_text = N_("The command for the API key failed")
    hint_text = N_("Try it in a terminal: {command}")


class HeaderUnusable(ConfigurationError):
    kind = "header"
    title_text = N_("The header {name} cannot be sent")
    hint_text = N_("Correct it in the settings file, under headers of the profile")


class KeyringUnavailable(ConfigurationError):
    kind = "keyring"
    title_text = N_("The system keyring cannot be used")
    hint_text = N_("Install neurotui[keyring], or keep the key in a file")


class ProfileUnknown(ConfigurationError):
    kind = "profile"
    title_text = N_("There is no profile {name}")
    hint_text = N_("Add it to the settings file, or choose one of these: {names}")


class ServerGone(ConfigurationError):
    kind = "server_gone"
    title_text = N_("This conversation was held with {name}, which is not in the settings")
    hint_text = N_("Choose a server for it ({server} or --profile), or fork it ({fork})")


class ServerMoved(ServerGone):
    kind = "server_moved"
    title_text = N_("{name}, with which this conversation was held, has another address now: {host}")


class HeldWithDemo(ConfigurationError):
    kind = "held_with_demo"
    title_text = N_("This conversation was held with the demo: it goes to no real server")
    hint_text = N_("Fork it to go on with another server ({fork})")


class HeldWithServer(ConfigurationError):
    kind = "held_with_server"
    title_text = N_("This conversation was held with a real server: the demo does not go on with it")
    hint_text = N_("Fork it to go on with the demo ({fork})")


class InputUnusable(ConfigurationError):
    kind = "input"
    title_text = N_("The input is not UTF-8 text: line {line}, byte {byte}")


class OutputUnusable(ConfigurationError):
    kind = "output"
    title_text = N_("Nothing can be written into {path}")


class AttachmentUnusable(ConfigurationError):
    kind = "attachment_unusable"
    title_text = N_("{name} cannot be attached")


class ConnectionFailed(NeurotuiError):
    kind = "network"
    title_text = N_("The connection to {host} failed")
    brief_text = N_("no connection")
    hint_text = N_("Check the network and send again")


class NameNotResolved(ConnectionFailed):
    kind = "dns"
    title_text = N_("Can't find {host} (DNS)")
    brief_text = N_("address not found")
    hint_text = N_("Check the network and the spelling of the server address")


class ConnectionRefused(ConnectionFailed):
    kind = "refused"
    title_text = N_("Nothing is listening on {host}")
    brief_text = N_("nothing is listening")
    hint_text = N_("Check that the server runs and that the port is right, then send again")


class ConnectTimeout(ConnectionFailed):
    kind = "connect_timeout"
    title_text = N_("{host} did not answer the connection within {seconds} s")
    hint_text = N_("Check the network, a firewall or a proxy, then send again")


class TLSUnanswered(ConnectTimeout):
    kind = "tls_timeout"
    title_text = N_("{host} took the connection but did not answer in TLS within {seconds} s")
    hint_text = N_("Is it an http server? Then its address begins with http://")


class ProxyFailed(ConnectionFailed):
    kind = "proxy_failed"
    title_text = N_("The proxy of {variable} failed")
    hint_text = N_("Check the proxy; after a change of the variable, start again")


class TLSRefused(ConnectionFailed):
    kind = "tls"
    title_text = N_("The certificate of {host} was not accepted, so nothing was sent")
    hint_text = N_("Check the address and the clock; a company proxy needs its certificate in SSL_CERT_FILE")


class Disconnected(ConnectionFailed):
    kind = "disconnected"
    title_text = N_("The connection to {host} was lost")
    hint_text = N_("Check the network and send again")


class SilenceTimeout(ConnectionFailed):
    kind = "silence"
    title_text = N_("{host} was silent for {seconds} s")
    hint_text = N_("The answer may have been made and billed all the same; send again when you are ready")


class LookupTimeout(SilenceTimeout):
    """Silence of a server that was asked only for what costs nothing."""

    title_text = N_("{host} did not answer within {seconds} s")
    hint_text = N_("Check that the server works and that its address is right, then try again")


class HeadTimeout(ConnectionFailed):
    kind = "head_timeout"
    title_text = N_("{host} did not finish the head of its answer")
    hint_text = N_("Send again; if it stays so, the server or a proxy before it is broken")


class ProtocolViolated(NeurotuiError):
    kind = "protocol"
    title_text = N_("The answer from {host} cannot be understood")
    hint_text = N_("Check that the address is that of an OpenAI-compatible API")

    @property
    def passes(self) -> bool:
        return False


class NotAnAPI(ProtocolViolated):
    kind = "not_an_api"
    title_text = N_("{host} does not speak HTTP")
    hint_text = N_("Check the address, its port, and http or https")


class NotTLS(NotAnAPI):
    kind = "not_tls"
    title_text = N_("{host} does not speak TLS at this port")
    hint_text = N_("Is it an http server? Then its address begins with http://")


class HTTPSExpected(NotAnAPI):
    kind = "https"
    title_text = N_("{host} speaks https at this port")
    hint_text = N_("Write https:// in the server address")


class WebPageReceived(ProtocolViolated):
    kind = "web_page"
    title_text = N_("{host} sent a web page instead of an answer")
    hint_text = N_(
        "Check the address (did you forget /v1?), and whether the network asks you to sign in first"
    )

    @property
    def hint(self) -> str:
        """Advice to the user; /v1 is not suggested to an address that has a version."""
        if has_version(self.facts.get("url")):
            return _("Check the address, and whether the network asks you to sign in first")
        return super().hint


class Redirected(ProtocolViolated):
    kind = "redirect"
    title_text = N_("{host} wants to redirect to {target}")
    hint_text = N_(
        "The key is never sent on to another address; if the new address is right, set it yourself"
    )


class LimitExceeded(ProtocolViolated):
    kind = "limit"
    title_text = N_("{host} sent more than can be a real answer")
    hint_text = N_("The connection was closed to protect the memory of this computer")


class EmptyReply(ProtocolViolated):
    kind = "empty"
    title_text = N_("The server ended the answer without a word")
    hint_text = N_("Send again, or choose another model")


class RequestRefused(NeurotuiError):
    kind = "request"
    title_text = N_("The server refused the request")
    hint_text = N_("Change the message or the parameters and send again")


class KeyRefused(RequestRefused):
    kind = "key"
    title_text = N_("The server refused the API key")
    hint_text = N_("Check the key, and that it belongs to this server")


class PasswordRefused(RequestRefused):
    kind = "basic_auth"
    title_text = N_("{host} wants a name and a password (HTTP Basic)")
    hint_text = N_('Put them into the profile: headers = {{ Authorization = "Basic name:password" }}')


class BalanceExhausted(RequestRefused):
    kind = "balance"
    title_text = N_("The key's balance or limit is used up")
    hint_text = N_("Top up the account or raise the limit of the key, then send again")


class ModerationBlocked(RequestRefused):
    kind = "moderation"
    title_text = N_("The server's moderation blocked the request")
    hint_text = N_("Word the message differently")


class AccessDenied(RequestRefused):
    kind = "access"
    title_text = N_("The server does not allow this for your key or your address")
    hint_text = N_("Check the rights of the key, and whether the server is open to your country")


class WrongAddress(RequestRefused):
    kind = "address"
    title_text = N_("There is no such API at {url}")
    hint_text = N_("Check the server address: did you forget /v1?")

    @property
    def suggestion(self) -> str:
        """An address at which there is an API; empty if none is known."""
        return str(self.facts.get("suggestion", ""))

    @property
    def hint(self) -> str:
        """Advice to the user; /v1 is not suggested to an address that has a version."""
        if self.suggestion:
            return _("There is one at {url}: change the address to it").format(url=self.suggestion)
        return _("Check the server address") if has_version(self.facts.get("url")) else super().hint


class ModelsNotListed(WrongAddress):
    kind = "models"
    title_text = N_("{host} does not list its models")
    hint_text = N_("Type the name of a model; if it gives no answer: did you forget /v1 in the address?")

    @property
    def hint(self) -> str:
        """Advice to the user; /v1 is not suggested to an address that has a version."""
        return _("Type the name of a model") if has_version(self.facts.get("url")) else super().hint


class ModelNotFound(RequestRefused):
    kind = "model"
    title_text = N_("There is no model {model} for this key")
    hint_text = N_("Choose a model that the server offers")


class ContextTooLong(RequestRefused):
    kind = "context"
    title_text = N_("The conversation is too long for the model")
    hint_text = N_("Start a new conversation, or choose a model with a longer context")


class AttachmentRefused(RequestRefused):
    kind = "attachment"
    title_text = N_("The request is too large, or its attachment cannot be used")
    hint_text = N_("Send less in one message")

    @property
    def title(self) -> str:
        """What happened; it is the attachment itself where the server says so."""
        return _("The server did not take the attachment") if self._is_unusable else super().title

    @property
    def hint(self) -> str:
        """Advice to the user."""
        unusable = _("Choose a model that takes it, or ask without it")
        return unusable if self._is_unusable else super().hint

    @property
    def _is_unusable(self) -> bool:
        """True if a smaller request would be refused as well."""
        return self.status in (400, 404, 415, 422, 500, 501)


class RateLimited(RequestRefused):
    kind = "rate"
    title_text = N_("Too many requests in a short time")
    brief_text = N_("too many requests")
    hint_text = N_("Wait a little and send again")

    @property
    def hint(self) -> str:
        """Advice to the user, with the pause that the server asks for."""
        return _pause(self.retry_after) or super().hint


class UpstreamUnavailable(RequestRefused):
    kind = "upstream"
    title_text = N_("The model's provider does not answer")
    brief_text = N_("the provider does not answer")
    hint_text = N_("Send again in a minute, or choose another model")

    @property
    def hint(self) -> str:
        """Advice to the user; behind a gateway that gave up, the model may have had the request."""
        return (
            _(SilenceTimeout.hint_text)
            if self.status in (502, 504)
            else _pause(self.retry_after) or super().hint
        )


def _pause(seconds: float | None) -> str:
    """Return the advice to wait as long as the server asks for; empty if that is less than a second."""
    if seconds is None or seconds < 1:
        return ""
    return _("The server asks to wait {time}: send again then").format(time=duration(seconds))


class ServerFailed(RequestRefused):
    kind = "server"
    title_text = N_("The server failed")
    hint_text = N_("Send again; the failed attempt may have been billed")


class BudgetReached(NeurotuiError):
    kind = "budget"
    title_text = N_("The budget is used up: {limit}")
    hint_text = N_("Raise it in the settings, under Budget, and send again")


class NotCompared(NeurotuiError):
    kind = "compare"
    title_text = N_("Nothing was asked: {reason}")


class EditorFailed(NeurotuiError):
    kind = "editor"
    title_text = N_("The editor {editor} could not be used")
    hint_text = N_("Set VISUAL or EDITOR to an editor, such as: export VISUAL=nano")


class RecordingUnusable(NeurotuiError):
    kind = "recording"
    title_text = N_("The recording {path} cannot be used")


class StoreError(NeurotuiError):
    kind = "store"
    title_text = N_("The conversation cannot be saved")
    hint_text = N_("The chat goes on; export the conversation to keep it")


class NoFolder(StoreError):
    kind = "no_folder"
    title_text = N_("There is no folder for conversations: they are not being saved")
    hint_text = N_("Set it and start again; export the conversation to keep it")


class DiskFull(StoreError):
    kind = "disk_full"
    title_text = N_("The disk is full: the conversation is not being saved")
    hint_text = N_("Free some space: saving is tried again by itself")


class StoreReadOnly(StoreError):
    kind = "read_only"
    title_text = N_("{path} cannot be written: the conversation is not being saved")
    hint_text = N_("Check the rights of the folder; export the conversation to keep it")


class StoreLocked(StoreError):
    kind = "locked"
    title_text = N_("Another program holds the database: the conversation is not being saved")
    hint_text = N_("Saving is tried again by itself")


class StoreDamaged(StoreError):
    kind = "damaged"
    title_text = N_("The database is damaged; it was set aside as {path}")
    hint_text = ""


class StoreTooNew(StoreError):
    kind = "too_new"
    title_text = N_("The database was written by a newer neurotui: it is read, not written")
    hint_text = N_("Update neurotui to save conversations again")


class TranscriptUnreadable(StoreError):
    kind = "transcript"
    title_text = N_("{path} cannot be read as a transcript")
    hint_text = N_("Nothing was changed")


class WorkStopped(StoreError):
    kind = "work_stopped"
    title_text = N_("Stopped")
    hint_text = N_("Work done before that is kept")


class AttachmentLost(StoreError):
    kind = "attachment_lost"
    title_text = N_("The kept copy of {name} is damaged or gone")
    hint_text = N_("Attach the file again, or edit the question without it")
