"""Texts that stand in code rather than in a template: what was done, what scripts say, codes that the screens name their own way."""

from __future__ import annotations

from shared.i18n import N_

# `?done=` of a page that an act led to.
DONE = {
    "saved": N_("Draft saved"),
    "changed": N_("The record was changed"),
    "submitted": N_("The case was submitted for validation"),
    "validated": N_("The case was validated"),
    "returned": N_("The case was returned with your comments"),
    "published": N_("The case is now shared nationally"),
    "legal": N_("Legal proceedings were opened"),
    "disposal": N_("Disposal was started"),
    "closed": N_("The case was closed"),
    "cancelled": N_("The case was cancelled"),
    "acknowledge": N_("The alert was acknowledged"),
    "assign": N_("The alert was assigned"),
    "escalate": N_("The alert was escalated"),
    "dismiss": N_("The alert was marked as not relevant"),
    "watch": N_("The watch was saved"),
    "watch-removed": N_("The watch was removed"),
    "signed-out": N_("You are signed out"),
    "import-cancelled": N_("The import was cancelled with all its cases"),
}

# As ui/README.md names them on screens.
SEVERITIES = {
    "critical": N_("Urgent"),
    "high": N_("High"),
    "medium": N_("Normal"),
    "low": N_("Low"),
    "info": N_("Information"),
}

ACTS = {
    "validated": N_("Validate"),
    "returned": N_("Return"),
    "published": N_("Share nationally"),
    "legal": N_("Open legal proceedings"),
    "disposal": N_("Start disposal"),
    "closed": N_("Close the case"),
    "cancelled": N_("Cancel the case"),
    "submitted": N_("Submit for validation"),
}

# Script modules ask for these by key.
SCRIPT = {
    "new-alert": N_("1 new alert has come. Show it"),
    "new-alerts": N_("%(count)s new alerts have come. Show them"),
    "live": N_("Live %(time)s"),
    "not-live": N_("Not live since %(time)s"),
    "saved-device": N_("Saved %(time)s on this device"),
    "saved-centre": N_("Saved %(time)s, on this device and at the centre"),
    "offline": N_("No connection. Your draft is kept on this device."),
    "not-saved": N_("Not saved at the centre: %(reason)s"),
    "changed-elsewhere": N_("Someone saved another version. Save to compare both."),
    "unsaved": N_("You have changes that are not saved."),
    "restored": N_("Words written on this device were put back. They are not at the centre yet."),
    "no-choice": N_("Nothing has this name. Choose other and say what it is."),
    "choices": N_("%(count)s choices"),
    "sending": N_("Sending"),
    "untitled": N_("Untitled draft"),
    "device-only": N_("On this device only"),
    "none-yet": N_("none yet"),
    "keys": N_("Keys"),
    "connected": N_("Connected"),
    "no-connection": N_("No connection since %(time)s. What you write stays on this device."),
    "close": N_("Close"),
}
