#!/usr/bin/env python3
"""The Grafana dashboard from the table below: tools/observe/dashboard.py > tools/observe/dashboard.json"""
import json

SELECTOR = 'job=~"$job",cluster=~"$cluster",instance=~"$instance"'
INTERVAL = "$__rate_interval"


def rate(name, by="", labels=""):
    """The sum of a counter's rates."""
    grouping = f" by ({by})" if by else ""
    return f"sum(rate({name}{{@{labels}}}[{INTERVAL}])){grouping}"


def quantiles(name, by="", labels="", of=(0.5, 0.9, 0.99)):
    """A row of (query, legend): quantiles of a histogram."""
    legend = "".join(f" {{{{{label}}}}}" for label in by.split(",") if label)
    return [(f"histogram_quantile({q}, {rate(name + '_bucket', ','.join(filter(None, ['le', by])), labels)})",
             f"p{q * 100:g}{legend}") for q in of]


SERVFAIL = ',rcode="SERVFAIL"'
SHED = f"sum(rate(coredns_shed_dropped_total{{@}}[{INTERVAL}])) by (reason)"

# A row of panels: title, unit, [(query, legend)…], and what its description says; @ stands for the selector.
ROWS = {
    "At a glance": [
        ("Up", "none", [("sum(up{@})", "instances up")], "Instances that Prometheus can scrape."),
        ("Version", "none", [('count(coredns_build_info{@}) by (version)', "{{version}}")],
         "Instances of each version."),
        ("Queries", "reqps", [(rate("coredns_dns_requests_total"), "queries")], "Queries a second."),
        ("SERVFAIL", "percentunit", [
            (f"({rate('coredns_dns_responses_total', labels=SERVFAIL)} or vector(0)) / {rate('coredns_dns_responses_total')}",
             "share")], "Share of the answers that say that there is none."),
        ("Latency", "s", quantiles("coredns_dns_request_duration_seconds", of=(0.99,)),
         "From a query's arrival to its answer's departure."),
        ("Memory", "percentunit", [
            ("max(process_resident_memory_bytes{@} / on (job, instance) clusterdns_memory_limit_bytes{@})", "of the limit")],
         "Of what the control group allows; nothing where there is no limit."),
    ],
    "Queries and answers": [
        ("Queries by transport", "reqps", [(rate("coredns_dns_requests_total", "proto"), "{{proto}}")], ""),
        ("Queries by type", "reqps", [(rate("coredns_dns_requests_total", "type"), "{{type}}")], ""),
        ("Queries by zone", "reqps", [(rate("coredns_dns_requests_total", "zone"), "{{zone}}")],
         "The zone of the server block, `dropped` for what none took."),
        ("Queries with the DO bit", "reqps", [
            (rate("coredns_dns_do_requests_total"), "DO"), (rate("coredns_dns_requests_total"), "all")], ""),
        ("Answers by rcode", "reqps", [(rate("coredns_dns_responses_total", "rcode"), "{{rcode}}")], ""),
        ("Answers by plugin", "reqps", [(rate("coredns_dns_responses_total", "plugin"), "{{plugin}}")],
         "Who gave the answer."),
        ("Latency", "s", quantiles("coredns_dns_request_duration_seconds"), ""),
        ("Latency by server and zone", "s", quantiles("coredns_dns_request_duration_seconds", "server,zone", of=(0.99,)), ""),
        ("Size of queries", "bytes", quantiles("coredns_dns_request_size_bytes", "proto"), ""),
        ("Size of answers", "bytes", quantiles("coredns_dns_response_size_bytes", "proto"), ""),
    ],
    "Cache": [
        ("Entries", "none", [
            ("sum(coredns_cache_entries{@}) by (type)", "{{type}}"),
            ("sum(clusterdns_cache_capacity{@}) by (type)", "{{type}}, at most")], ""),
        ("Hits and misses", "reqps", [
            (rate("coredns_cache_hits_total", "type"), "{{type}}"), (rate("coredns_cache_misses_total"), "misses")], ""),
        ("Hit ratio", "percentunit", [
            (rate("coredns_cache_hits_total") + " / " + rate("coredns_cache_requests_total"), "hits")], ""),
        ("Stale, prefetched, evicted, dropped", "ops", [
            (rate("coredns_cache_served_stale_total"), "served stale"),
            (rate("coredns_cache_prefetch_total"), "prefetched"), (rate("coredns_cache_evictions_total"), "evicted"),
            (rate("coredns_cache_drops_total"), "malformed")], ""),
    ],
    "Upstreams": [
        ("Asked", "reqps", [
            (rate("coredns_proxy_request_duration_seconds_count", "to", ',proxy_name="forward"'), "{{to}}")], ""),
        ("Answers by rcode", "reqps", [
            (rate("coredns_proxy_request_duration_seconds_count", "rcode", ',proxy_name="forward"'), "{{rcode}}")], ""),
        ("Latency", "s", quantiles("coredns_proxy_request_duration_seconds", "to", ',proxy_name="forward"', (0.5, 0.99)), ""),
        ("Up", "none", [
            ("min(clusterdns_upstream_up{@}) by (to)", "{{to}}"),
            ("max(clusterdns_upstream_loop_cut{@}) by (to)", "{{to}} is a loop")],
         "0: its health checks fail, or our own queries come back from it."),
        ("Failed health checks", "ops", [
            (rate("coredns_proxy_healthcheck_failures_total", "to"), "{{to}}"),
            (rate("coredns_forward_healthcheck_broken_total"), "no upstream healthy")], ""),
        ("Packets", "pps", [
            (rate("clusterdns_upstream_sent_packets_total", "to"), "{{to}}"),
            ("max(clusterdns_upstream_peak_packets_per_second{@}) by (to)", "{{to}} within one second")],
         "Clouds drop what is above 1024 packets a second to their resolver."),
        ("Connections kept", "ops", [
            (rate("coredns_proxy_conn_cache_hits_total", "proto"), "{{proto}} used again"),
            (rate("coredns_proxy_conn_cache_misses_total", "proto"), "{{proto}} made")], ""),
        ("Queries spared and refused", "ops", [
            (rate("clusterdns_forward_coalesced_total"), "answered with an equal one"),
            (rate("coredns_forward_max_concurrent_rejects_total"), "above max_concurrent"),
            (rate("clusterdns_upstream_ignored_replies_total"), "replies to nothing asked")], ""),
        ("Queries that wait", "none", [
            ("sum(clusterdns_late_queries{@})", "waiting"), ("sum(clusterdns_late_queries_limit{@})", "at most")],
         "Queries that the workers cannot answer in place."),
    ],
    "Registry": [
        ("From change to answer", "s", quantiles(
            "coredns_kubernetes_dns_programming_duration_seconds", "service_kind", of=(0.5, 0.99)),
         "From an endpoint's change to its being served."),
        ("Watches live", "none", [("min(clusterdns_watch_live{@}) by (resource)", "{{resource}}")], ""),
        ("Silence of watches", "s", [("max(clusterdns_watch_age_seconds{@}) by (resource)", "{{resource}}")],
         "Since the last event, bookmark or answer; an API server sends a bookmark each minute."),
        ("Objects and names", "none", [
            ("max(clusterdns_registry_objects{@})", "objects"), ("max(clusterdns_table_names{@})", "names")], ""),
        ("Changes", "ops", [
            (rate("clusterdns_writer_changes_total"), "records"), (rate("clusterdns_writer_endpoints_total"), "endpoints")], ""),
        ("Requests to the API", "reqps", [
            (rate("coredns_kubernetes_rest_client_requests_total", "code"), "{{code}}")], ""),
    ],
    "Process": [
        ("CPU", "none", [(f"rate(process_cpu_seconds_total{{@}}[{INTERVAL}])", "{{instance}}")], "Cores in use."),
        ("Resident memory", "bytes", [
            ("process_resident_memory_bytes{@}", "{{instance}}"),
            ("min(clusterdns_memory_limit_bytes{@})", "limit")], ""),
        ("Threads and descriptors", "none", [
            ("go_goroutines{@}", "{{instance}} threads"), ("process_open_fds{@}", "{{instance}} descriptors")], ""),
        ("Lost", "ops", [
            (SHED, "no room for a {{reason}}"),
            (rate("clusterdns_late_queries_rejected_total"), "too many wait"),
            (rate("clusterdns_tcp_evicted_connections_total"), "TCP connections closed early"),
            (rate("clusterdns_log_lines_dropped_total"), "lines of the query log")],
         "Queries and answers for which there was no room."),
        ("Reload", "none", [
            ("min(clusterdns_reload_current{@})", "the Corefile on disk is served"),
            ("sum(coredns_reload_failed_total{@})", "failed"), ("sum(clusterdns_reload_applied_total{@})", "applied")], ""),
        ("Health and panics", "s", [
            *quantiles("coredns_health_request_duration_seconds", of=(0.95,)),
            ("sum(coredns_panics_total{@})", "panics")], "How long /health takes, asked by the process itself."),
        ("Plugins", "none", [("count(sum(coredns_plugin_enabled{@}) by (name))", "enabled")], ""),
    ],
}


def variable(name, query):
    return {"name": name, "type": "query", "datasource": {"type": "prometheus", "uid": "${datasource}"},
            "definition": query, "query": {"query": query, "refId": "variable"}, "refresh": 2, "sort": 1,
            "includeAll": True, "multi": True, "allValue": ".*", "current": {"text": "All", "value": "$__all"}}


def panel(number, kind, title, unit, queries, text, place):
    found = {
        "id": number, "type": kind, "title": title, "description": text, "gridPos": place,
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": [{"refId": chr(ord("A") + place), "expr": query.replace("@", SELECTOR), "legendFormat": legend,
                     "datasource": {"type": "prometheus", "uid": "${datasource}"}}
                    for place, (query, legend) in enumerate(queries)]}
    if kind == "timeseries":
        found["fieldConfig"]["defaults"]["custom"] = {"fillOpacity": 10, "showPoints": "never", "spanNulls": True}
        found["options"] = {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}
    return found


def panels():
    found, number, y = [], 0, 0
    for title, row in ROWS.items():
        found.append({"id": (number := number + 1), "type": "row", "title": title, "collapsed": False, "panels": [],
                      "gridPos": {"h": 1, "w": 24, "x": 0, "y": y}})
        y += 1
        # Numbers stand six to a line and low, curves three.
        kind, width, height = ("stat", 4, 4) if y == 1 else ("timeseries", 8, 7)
        for place, (name, unit, queries, text) in enumerate(row):
            x = place * width % 24
            if place and x == 0:
                y += height
            found.append(panel(number := number + 1, kind, name, unit, queries, text,
                               {"h": height, "w": width, "x": x, "y": y}))
        y += height
    return found


DASHBOARD = {
    "uid": "clusterdns", "title": "clusterdns", "tags": ["clusterdns", "coredns", "dns"], "schemaVersion": 41, "version": 1,
    "description": "DNS of a cluster's Services: clusterdns, or CoreDNS as far as it has the series.",
    "editable": True, "graphTooltip": 1, "refresh": "30s", "time": {"from": "now-1h", "to": "now"}, "timezone": "browser",
    "annotations": {"list": []}, "links": [],
    "templating": {"list": [
        {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Data source", "refresh": 1,
         "current": {}},
        variable("cluster", "label_values(coredns_build_info, cluster)"),
        variable("job", 'label_values(coredns_build_info{cluster=~"$cluster"}, job)'),
        variable("instance", 'label_values(coredns_build_info{cluster=~"$cluster",job=~"$job"}, instance)'),
    ]},
    "panels": panels(),
}

if __name__ == "__main__":
    print(json.dumps(DASHBOARD, indent=1))
