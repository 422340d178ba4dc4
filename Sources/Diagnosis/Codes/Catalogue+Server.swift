import Findings

extension Catalogue {
    /// DNS, and what an answer needs to arrive.
    static let server: [CodeEntry] = [
        CodeEntry(
            "DNS001", .error, Phrase("no reply", zh: "没有应答"),
            cause: Phrase(
                "The DNS server says nothing over UDP, over TCP, or over both: nothing listens on the port, the host is gone, or a firewall or NetworkPolicy drops what is sent. Every lookup ends in a timeout. Where only TCP is missing it is a warning: names resolve until an answer does not fit a datagram.",
                zh:
                    "DNS 服务器在 UDP、TCP 或两者上都没有应答：端口无人监听、主机不在，或防火墙、NetworkPolicy 丢弃了报文。所有查询都会超时。仅缺少 TCP 时为警告：在应答超出数据报之前名字仍可解析。"
            ),
            evidence: Phrase(
                "The address asked, the SOA question, and what each transport came to: refused at once (the port is closed) or silence (something drops).",
                zh: "所查询的地址、SOA 问题，以及每种传输的结果：立即被拒绝（端口关闭）或毫无响应（被丢弃）。"),
            fix: Phrase(
                "Start the server or open UDP and TCP port 53 on the way to it.",
                zh: "启动服务器，或在通往它的路径上开放 UDP 和 TCP 53 端口。")),
        CodeEntry(
            "DNS002", .error, Phrase("not synced", zh: "未同步"),
            cause: Phrase(
                "The server could not read the whole registry, mostly because the API refuses it a right. What may exist is then SERVFAIL, never NXDOMAIN.",
                zh: "服务器未能读取完整的注册信息，多半是因为 API 拒绝了某项权限。此时可能存在的名字应答 SERVFAIL，而不是 NXDOMAIN。"),
            evidence: Phrase(
                "The API's own words from the server's /findings, or the name that is SERVFAIL with the answer's Extended DNS Error.",
                zh: "服务器 /findings 中 API 的原文，或应答 SERVFAIL 的名字及其扩展 DNS 错误（EDE）。"),
            fix: Phrase(
                "Give the server's service account the right that is named.", zh: "为服务器的 ServiceAccount 授予所指出的权限。")),
        CodeEntry(
            "DNS003", .error, Phrase("DNS Service has no ready endpoint", zh: "DNS Service 没有就绪的端点"),
            cause: Phrase(
                "The Service by which Pods reach the DNS server leads nowhere: none of its Pods is ready, its selector matches none, or it lacks port 53 of UDP or TCP.",
                zh: "Pod 访问 DNS 服务器所用的 Service 没有去处：其 Pod 均未就绪，选择算符没有匹配任何 Pod，或缺少 UDP 或 TCP 的 53 端口。"),
            evidence: Phrase(
                "The Service with its selector, its Pods with the reason why each is not ready, its ports.",
                zh: "该 Service 及其选择算符、各 Pod 未就绪的原因、其端口。"),
            fix: Phrase("Make the Pods ready, or mend the Service.", zh: "使 Pod 就绪，或修正该 Service。")),
        CodeEntry(
            "DNS004", .warning, Phrase("registry stale", zh: "注册信息陈旧"),
            cause: Phrase(
                "The server goes on with what it knew: the API does not answer, or has not confirmed the state kept across a restart. Names that came or changed since are wrong.",
                zh: "服务器仍在使用先前的数据：API 没有应答，或尚未确认重启前保存的状态。此后新增或变更的名字会出错。"),
            evidence: Phrase(
                "The age, and why the API cannot be read, from the server's /findings; or an answer's Extended DNS Error 3 or 19.",
                zh: "服务器 /findings 中的陈旧时长及无法读取 API 的原因；或应答中的扩展 DNS 错误 3 或 19。"),
            fix: Phrase("Make the API reachable for the server.", zh: "使服务器能够访问 API。")),
        CodeEntry(
            "DNS005", .error, Phrase("other cluster domain", zh: "集群域不一致"),
            cause: Phrase(
                "The server serves another domain than the one that clients search and the registry is known by, so that every whole name is unknown or refused.",
                zh: "服务器提供的域与客户端搜索列表及注册信息使用的域不同，因此所有完整名字都不存在或被拒绝。"),
            evidence: Phrase(
                "What the server says to the SOA of both domains, and the search list's domain where a resolv.conf is given.",
                zh: "服务器对两个域的 SOA 的应答；给出 resolv.conf 时还有搜索列表中的域。"),
            fix: Phrase(
                "Use one domain: kubelet's --cluster-domain, the server's zone, and --cluster-domain here.",
                zh: "统一使用同一个域：kubelet 的 --cluster-domain、服务器的 zone 以及此处的 --cluster-domain。")),
        CodeEntry(
            "DNS006", .warning, Phrase("answer differs from the registry", zh: "应答与注册信息不一致"),
            cause: Phrase(
                "The server says other records than the registry has: a cache in front of it keeps an old answer or denial, the server has not seen a change, or it reads another registry.",
                zh: "服务器的应答与注册信息中的记录不同：其前面的缓存保留了旧的应答或否定应答，服务器尚未看到变更，或它读取的是另一份注册信息。"),
            evidence: Phrase(
                "For each question what is missing and what is too much, over which transport, how long it may be kept (TTL) and how old a cached denial is.",
                zh: "每个问题缺少和多出的记录、所用的传输、可缓存的时间（TTL），以及缓存的否定应答的时长。"),
            fix: Phrase(
                "Wait for the TTL, shorten the cache, or ask the server that has this registry.",
                zh: "等待 TTL 到期，缩短缓存时间，或查询拥有该注册信息的服务器。")),
        CodeEntry(
            "NET003", .warning, Phrase("answer needs TCP", zh: "应答需要 TCP"),
            cause: Phrase(
                "The answer does not fit a datagram, and TCP does not bring it: port 53/TCP is closed on the way, or the client's library never uses it (musl before 1.2.4). Where TCP works it is only told as information.",
                zh: "应答放不进一个数据报，而 TCP 也无法取得：路径上的 53/TCP 端口被关闭，或客户端的库从不使用 TCP（1.2.4 之前的 musl）。TCP 可用时仅作为信息提示。"),
            evidence: Phrase(
                "The answer's size, and what came over UDP without EDNS, with 1232 and 4096 octets, and over TCP.",
                zh: "应答的大小，以及通过不带 EDNS 的 UDP、1232 和 4096 字节的 UDP 以及 TCP 得到的结果。"),
            fix: Phrase("Open TCP port 53, or use a newer client library.", zh: "开放 TCP 53 端口，或使用更新的客户端库。")),
    ]
}
