"""The features of the chat, one file for each.

A feature is a class that is given the pane, the services and the dialogs. It binds its commands in the pane's
`CommandSet`, adds its widgets to the `notices`, and waits for its `moments`; no other feature knows it.
"""

from __future__ import annotations

from collections.abc import Callable

from neurotui.app.services import Services
from neurotui.tui.conversation.features.accounts import ServerAccounts
from neurotui.tui.conversation.features.attachments import Attachments
from neurotui.tui.conversation.features.beginning import Beginnings
from neurotui.tui.conversation.features.branches import Branches
from neurotui.tui.conversation.features.compare import Compare
from neurotui.tui.conversation.features.connection import Connection
from neurotui.tui.conversation.features.continuing import Continuing
from neurotui.tui.conversation.features.conversation import ConversationForm
from neurotui.tui.conversation.features.estimate import EstimateLine
from neurotui.tui.conversation.features.failing import Failing
from neurotui.tui.conversation.features.find import Find
from neurotui.tui.conversation.features.general import General
from neurotui.tui.conversation.features.history import History
from neurotui.tui.conversation.features.message_files import MessageFiles
from neurotui.tui.conversation.features.models import Models
from neurotui.tui.conversation.features.pictures import Pictures
from neurotui.tui.conversation.features.queue import Queue
from neurotui.tui.conversation.features.reading import Reading
from neurotui.tui.conversation.features.recovery import Recovery
from neurotui.tui.conversation.features.reply import Reply
from neurotui.tui.conversation.features.running import Running
from neurotui.tui.conversation.features.settings import SettingsChoice
from neurotui.tui.conversation.features.suspending import Suspending
from neurotui.tui.conversation.features.transcripts import Transcripts
from neurotui.tui.conversation.features.usage import Usage
from neurotui.tui.conversation.pane import ConversationPane
from neurotui.tui.dialogs.opener import Dialogs

Feature = Callable[[ConversationPane, Services, Dialogs], object]

FEATURES: tuple[Feature, ...] = (
    Reply,
    Continuing,
    Branches,
    Attachments,
    Pictures,
    Queue,
    Running,
    Reading,
    MessageFiles,
    History,
    Transcripts,
    Find,
    Recovery,
    Models,
    Compare,
    ServerAccounts,
    SettingsChoice,
    ConversationForm,
    Connection,
    Usage,
    EstimateLine,
    Failing,
    Suspending,
    General,
    Beginnings,
)
"""All features but `Storage` and `Quitting`, which the app uses too. The first one's widgets are on top."""
