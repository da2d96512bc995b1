"""Conversations that have only a draft: how they are kept, and gone on with after a restart."""

from __future__ import annotations

from neurotui.app.server_refs import ServerRef
from neurotui.app.services import Services
from neurotui.app.workspace import Workspace
from neurotui.chat.conversation import Conversation
from neurotui.chat.session import Session


def as_draft(session: Session) -> Conversation | None:
    """Return a conversation as it is kept with its draft; None if it has messages and needs no such thing.

    It goes on with the server and the model that answer there now; the demo and a recording are not kept.
    """
    if session.conversation.messages:
        return None
    draft, participant = session.conversation.copy(), session.participant
    if not draft.profile and participant.server:
        draft.profile, draft.chosen_model = participant.server, participant.model
    elif participant.server and not draft.chosen_model:
        draft.chosen_model = participant.model
    if ServerRef.read(draft.profile).kind:
        draft.profile = draft.chosen_model = ""
    return draft


async def resume(workspace: Workspace, services: Services, conversation_id: str) -> Session | None:
    """Return the session of a draft that an ended instance has left; None if its server cannot be used.

    The flags of this start hold for it. Raises StoreError.
    """
    session = await workspace.open(conversation_id)
    if session is None:
        return None
    ref = ServerRef.read(session.conversation.profile)
    if not session.conversation.profile or ref.kind == workspace.account.ref.kind:
        if services.server_flag:
            workspace.choose(session, account=services.account)
        if services.model_flag:
            workspace.choose(session, model=services.model_flag)
        account = workspace.account_of(session)
        if account.trouble is None or account is workspace.account:
            return session
    await workspace.close(session)
    return None
