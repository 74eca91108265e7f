"""pillarbox reports"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from ..store.queued import ReceivedReport
from . import options, output
from .desk import office_at, waiting

_DAY = 86_400
_KINDS = {"dmarc": "dmarc", "failure": "dmarc-failure", "tls": "tls"}
_COLUMNS = ("day", "kind", "domain", "from", "count", "result", "source")


@click.command("reports")
@click.option("--kind", type=click.Choice(list(_KINDS)), help="Of this kind only.")
@click.option("--domain", metavar="DOMAIN", help="About this domain of ours only.")
@click.option("--days", type=click.IntRange(min=1), default=30, show_default=True, help="From the last so many days.")
@click.option("--failed", is_flag=True, help="Only what did not pass: no aligned signature and no aligned SPF, or no TLS.")
@options.as_json
@options.config
@waiting
async def command(kind: str | None, domain: str | None, days: int, failed: bool, as_json: bool, config: str | None) -> None:
    """What other providers report about our domains: who sent mail in their name (DMARC), which messages failed (DMARC failure
    reports), and whether TLS worked (TLS-RPT).

    \b
    Examples:
      pillarbox reports --days 7
      pillarbox reports --kind dmarc --domain example.org --json
    """
    since = int(datetime.now(UTC).timestamp()) - days * _DAY
    which, about = _KINDS[kind] if kind else None, domain.lower() if domain else None
    async with office_at(config) as office:
        found = await office.kept.journal().received_reports(which, about, since)
    reports = [(report, [row for row in msgspec.json.decode(report.rows) if not failed or _failed(row)]) for report in found]
    if as_json:
        output.json([_whole(report, rows) for report, rows in reports if rows or not failed])
        return
    output.rows([_line(report, row) for report, rows in reports for row in rows], _COLUMNS, as_json=False)


def _failed(row: Mapping[str, Any]) -> bool:
    """DMARC's rows have both outcomes, those of TLS reports a result where something went wrong; of a failure nothing else is
    told."""
    if "auth_failure" in row:
        return True
    if "dkim" in row:
        return "pass" not in (row["dkim"], row["spf"])
    return bool(row["result"])


def _whole(report: ReceivedReport, rows: list[Any]) -> Mapping[str, Any]:
    return {
        "kind": report.kind,
        "id": report.id,
        "organisation": report.organisation,
        "domain": report.domain,
        "begins": output.time(report.begins_at),
        "ends": output.time(report.ends_at),
        "received": output.time(report.received_at),
        "rows": rows,
    }


def _line(report: ReceivedReport, row: Mapping[str, Any]) -> Mapping[str, Any]:
    day = output.time(report.begins_at)[:10]
    same = {"day": day, "kind": report.kind, "domain": report.domain, "from": report.organisation, "count": row["count"]}
    if report.kind == "dmarc":
        return {**same, "result": f"{row['disposition']} (dkim {row['dkim']}, spf {row['spf']})", "source": row["source"]}
    if report.kind == "dmarc-failure":
        said = " ".join(filter(None, (row["auth_failure"], row["delivery_result"], row["header_from"], row["subject"])))
        return {**same, "result": said, "source": row["source"]}
    return {**same, "result": row["result"] or "success", "source": row["mx"] or row["receiving_ip"]}
