"""The form in which an engineer asks a question."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from analytics.domain.question import KEYS, Question
from analytics.domain.windows import LIFETIME, start_of
from analytics.models import Run
from analytics.selectors.ages import Clock
from analytics.services.runs import Inquiry
from registry.domain.vocabulary import ComponentType

WINDOWS = (("30d", "30 days"), ("90d", "90 days"), ("365d", "a year"), ("730d", "two years"), (LIFETIME, "lifetime"))
KINDS = (
    (Run.Kind.RELIABILITY.value, "Failure rates"),
    (Run.Kind.TREND.value, "Failure rates by month"),
    (Run.Kind.SURVIVAL.value, "Life curves"),
    (Run.Kind.SPARES.value, "Spares for 90 days"),
)
CLOCKS = (
    (Clock.INSTALLED.value, "the first installation"),
    (Clock.MADE.value, "the manufacture"),
    (Clock.POWERED.value, "a disk's own hours"),
)
_SPARES = {"horizon_days": 90, "service_level": 0.95}


class QuestionForm(forms.Form):
    """What is asked, over which time, by what."""

    kind = forms.ChoiceField(choices=KINDS, initial=KINDS[0][0], widget=UnfoldAdminSelectWidget)
    window = forms.ChoiceField(choices=WINDOWS, initial="365d", widget=UnfoldAdminSelectWidget)
    until = forms.DateField(
        required=False,
        widget=UnfoldAdminSingleDateWidget,
        help_text="The last day of the window; until now when empty.",
    )
    component_type = forms.ChoiceField(
        choices=[("", "all"), *((kind.value, kind.value) for kind in ComponentType)],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    model = forms.CharField(
        required=False, widget=UnfoldAdminTextInputWidget, help_text="One model, as it is spelled in the table."
    )
    clock = forms.ChoiceField(
        choices=CLOCKS,
        required=False,
        label="Ages from",
        widget=UnfoldAdminSelectWidget,
        help_text="Of life curves: since when a component's age is counted.",
    )
    group_by = forms.MultipleChoiceField(
        choices=[(key, key.replace("_", " ")) for key in KEYS],
        required=False,
        initial=["component_type"],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    def inquiry(self, now: datetime) -> Inquiry:
        """The question that was filled in."""
        told = self.cleaned_data
        latest = now.replace(microsecond=0) + timedelta(seconds=1)
        end = latest
        if told["until"]:
            end = min(latest, datetime.combine(told["until"] + timedelta(days=1), time(), UTC))
        filters = {key: (told[key],) for key in ("component_type", "model") if told[key]}
        question = Question(
            group_by=tuple(told["group_by"]),
            start=start_of(told["window"], end),
            end=end,
            as_of=end,
            filters=filters,
            silence_days=settings.SILENCE_DAYS,
        )
        return Inquiry(told["kind"], question, _more(told["kind"], told["clock"] or Clock.INSTALLED.value))


def _more(kind: str, clock: str) -> dict[str, Any]:
    match kind:
        case Run.Kind.SURVIVAL:
            return {"clock": clock, "min_at_risk": settings.RELIABILITY_LEAST_AT_RISK}
        case Run.Kind.SPARES:
            return _SPARES
    return {}
