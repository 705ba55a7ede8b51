package diag

// The codes of deployment and of nodes, L06. What is wrong is often not the
// program but the way it was deployed or called, so that Wrong and Right hold
// commands where that is so.
var clusterCodes = []Entry{
	{
		Code:  "L0600",
		Title: "a fault of the node",
		When: "Something went wrong inside the node that no other code describes. What was acknowledged is safe; the node's log says more. " +
			"Repeat the request, at another node if it stays.",
		Wrong: "laspc send order 1            # answered with L0600",
		Right: "laspc send order 1 --to ADDR  # another node, with the same --id",
	},
	{
		Code:  "L0601",
		Title: "the kind of a cell was changed",
		When: "A cell is known by its name and its kind. Contents of one kind mean nothing to another, so a program that declares a known name " +
			"with another kind is refused before anything changes. So is one whose declared types keep their names and change what they are " +
			"made of, the order of their parts included. Give the new cell a name of its own; the old one keeps its contents.",
		Wrong: "// deployed before: shared members: GSet[String]\nshared members: AWSet[String]\nshow members\n",
		Right: "// deployed before: shared members: GSet[String]\nshared members: GSet[String]\nshared present: AWSet[String]\nshow present\n",
	},
	{
		Code:  "L0602",
		Title: "the program has nothing of this name",
		When: "A request names an input, cell, operation, show or output that the active program does not declare. The message lists what there is. " +
			"After a deployment, names of the program before it are gone.",
		Wrong: "laspc send ordr 1",
		Right: "laspc send order 1",
	},
	{
		Code:  "L0603",
		Title: "no program is deployed",
		When:  "The node runs no program yet, so it has no inputs and shows. Where the cluster has one, a node that has just joined gets it within moments.",
		Wrong: "laspc cluster up -n 3 && laspc send order 1",
		Right: "laspc cluster up -n 3 shop.lasp && laspc send order 1",
	},
	{
		Code:  "L0604",
		Title: "a later version is active",
		When: "Of all deployed versions the greatest one is active, on every node. A deployment that lost against another at the same moment is " +
			"refused; look at what is active, and deploy again.",
		Wrong: "laspc deploy shop.lasp & laspc deploy other.lasp",
		Right: "laspc deploy shop.lasp && laspc deploy other.lasp",
	},
	{
		Code:  "L0605",
		Title: "an artifact that is refused",
		When: "Nodes read an artifact strictly and verify it: one that is damaged, cut off, of another version of the format, or that does not hold " +
			"together is not deployed. Build it again with the release of laspc that the nodes run.",
		Wrong: "laspc deploy half-copied.laspx",
		Right: "laspc build shop.lasp -o shop.laspx && laspc deploy shop.laspx",
	},
	{
		Code:  "L0606",
		Title: "a clock out of range",
		When: "The clock of a node differs from those of other nodes by more than a minute, and not more nodes agree with it, itself among them, " +
			"than do not. Until the clock is right the node refuses writes that its clock would stamp (those of LWW) and bodies that ask for now(). " +
			"Everything else goes on, and what any node has accepted is never refused.",
		Wrong: "date -s '+1 hour'",
		Right: "timedatectl set-ntp true",
	},
	{
		Code:  "L0607",
		Title: "arguments that do not fit",
		When: "The arguments of an input or operation are read by the types that the program declares. The message names the argument, what it must " +
			"be, and the place in the JSON.",
		Wrong: "laspc send order '{\"item\": 1}'",
		Right: "laspc send order item=pen",
	},
	{
		Code:  "L0608",
		Title: "a query that cannot be run",
		When:  "The expression is right but has no form that a node can evaluate. Ask for its parts, or give it a name in the program by `let`.",
		Wrong: "laspc query 'x => x + 1'",
		Right: "laspc query '(x => x + 1)(1)'",
	},
	{
		Code:  "L0609",
		Title: "nodes that differ",
		When: "Nodes that know the same updates hold the same state; each tells the others a sum of what it holds. Where two sums differ a disk or memory " +
			"was damaged: the two exchange all they hold and take in what they lack, which a node says. When that has not helped three times, `laspc " +
			"status` shows the peer as one that differs. Keep the data directory of the damaged node and start it with an empty one.",
		Wrong: "laspc status    # DIFFERS from n2",
		Right: "mv n2-data n2-damaged && laspc node --name n2 --data n2-data ..",
	},
	{
		Code:  "L0610",
		Title: "the token does not allow it",
		When: "Every call but /healthz carries a token of the cluster. A token has a role, and each role allows what those before it do: read, write, " +
			"deploy, admin. `laspc cluster up` writes them beside the cluster's data, and the admin token into the context.",
		Wrong: "laspc send order 1 --token-file read.token",
		Right: "laspc send order 1 --token-file write.token",
	},
	{
		Code:  "L0611",
		Title: "no such call",
		When:  "The node's API has no call of this method and path. `docs/cluster.md` lists the calls.",
		Wrong: "GET /v1/show/live",
		Right: "GET /v1/shows/live",
	},
	{
		Code:  "L0612",
		Title: "a host or origin that is not served",
		When: "A web page could otherwise reach a node on this machine under a name of its own. The API answers to loopback and to the address that it " +
			"was started with, and to pages of no other origin.",
		Wrong: "curl https://node.example.org:7080/v1/shows",
		Right: "laspc node --api 10.0.0.5:7080 .. && curl https://10.0.0.5:7080/v1/shows",
	},
	{
		Code:  "L0613",
		Title: "a body of the wrong media type",
		When:  "Inputs and queries are application/json, batches application/x-ndjson, artifacts application/octet-stream. A form of a web page is none of these.",
		Wrong: "curl -d '{\"ad\": \"a1\"}' .. /v1/inputs/impression",
		Right: "curl -H 'Content-Type: application/json' -d '{\"ad\": \"a1\"}' .. /v1/inputs/impression",
	},
	{
		Code:  "L0614",
		Title: "a body or line that is too large",
		When:  "An event may have 1 MiB, a batch 256 MiB, an artifact 16 MiB. Send large data as several events.",
		Wrong: "laspc send import \"$(cat everything.json)\"",
		Right: "laspc send --events everything.jsonl",
	},
	{
		Code:  "L0615",
		Title: "an idempotency key that is too long",
		When:  "An Idempotency-Key has at most 200 bytes; it is remembered with its reply on every node.",
		Wrong: "laspc send order 1 --id \"$(cat order.txt)\"",
		Right: "laspc send order 1 --id \"$(sha256sum < order.txt)\"",
	},
	{
		Code:  "L0620",
		Title: "the node is stopping",
		When:  "The node takes no more requests. Send it to another node with the same key: it takes effect once, whichever node it reached.",
		Wrong: "laspc send order 1 --id 17             # answered with L0620",
		Right: "laspc send order 1 --id 17 --to OTHER",
	},
	{
		Code:  "L0621",
		Title: "the node is read-only",
		When: "The node cannot write its log, most often because its disk is full, so it acknowledges nothing. It still answers queries, and goes on by " +
			"itself once there is space.",
		Wrong: "df /var/lib/lasp    # 100 %",
		Right: "rm /var/lib/lasp-old-backups/*",
	},
	{
		Code:  "L0622",
		Title: "no answer in time",
		When: "The request was not answered before its time was over. It may still take effect; repeated with the same key it does so once. A reply that " +
			"waits for something to be bound waits for as long as that takes.",
		Wrong: "laspc send order 1",
		Right: "laspc send order 1 --id 17; laspc send order 1 --id 17",
	},
	{
		Code:  "L0625",
		Title: "nobody who holds it can be reached",
		When: "A cell that is `sharded`, or `at` a tag, is held by some nodes only. None of those that hold what the request needs answers, or those that do " +
			"do not have all of it yet. The message names them. What such cells need not be asked for goes on; a write that was taken in before is kept and done later.",
		Wrong: "laspc send put x 1                  # while n2 and n3, which hold it, are down",
		Right: "laspc node --name n2 .. && laspc send put x 1 --id 17",
	},
	{
		Code:  "L0626",
		Title: "no node holds all that is needed",
		When: "The work reads a cell `at` a tag, whose contents do not leave the nodes with that tag, together with something that only other nodes hold; or it " +
			"reads back what it wrote to a node elsewhere. Read each in a request or handler of its own.",
		Wrong: "laspc query 'size(eu_users) + size(us_users)'",
		Right: "laspc query 'size(eu_users)' && laspc query 'size(us_users)'",
	},
	{
		Code:  "L0627",
		Title: "what is asked for is too large for one answer",
		When: "A query over all of a `sharded` map brings the shards that the asked node does not hold, of which one query may bring 256 MB; and one value that " +
			"another node holds may be as large as a message between nodes (16 MB). Ask for single keys, or let a handler keep what is wanted of all of them " +
			"(a sum, a count) in a cell of its own.",
		Wrong: "laspc query 'sum(hits)'        # where all of `hits` has 500 MB",
		Right: "laspc query 'hits[\"ann\"]' && laspc query total",
	},
	{
		Code:  "L0630",
		Title: "no agreement: a majority is missing",
		When: "What stands in `coordinate` is decided by a majority of the voters, of which there are at most five. Without one nothing is decided, and " +
			"the request is refused within a bounded time (5 s) with the names of those that cannot be reached. Nothing of it was done. Whatever needs " +
			"no agreement goes on.",
		Wrong: "laspc send pay ann bob 5    # at a node that is cut off from the others",
		Right: "laspc send pay ann bob 5 --to ADDR  # a node on the side of the majority",
	},
	{
		Code:  "L0631",
		Title: "it is not known whether it was decided",
		When: "A request that needs agreement went to the node that decides, and no answer came back in time: that node may have decided it before it was " +
			"cut off. Asked again under the same id, through any node, it is done once and answered alike.",
		Wrong: "laspc send pay ann bob 5",
		Right: "laspc send pay ann bob 5 --id 17; laspc send pay ann bob 5 --id 17",
	},
	{
		Code:  "L0632",
		Title: "a barrier that waited in vain",
		When: "`coordinate by barrier` and `seal .. by barrier` wait until every member of the deployment has told what it holds and all of that has arrived. " +
			"A member that does not answer within a bounded time (5 s) is named, and nothing was done. A member that will not come back is retired.",
		Wrong: "laspc send collect          # while a member is down",
		Right: "laspc node .. && laspc send collect",
	},
	{
		Code:  "L0633",
		Title: "a cell that is being sealed",
		When: "`seal x by barrier` makes every member freeze the cell before it reports what it holds, so that no write slips by. Until the seal is bound, or " +
			"given up because a member did not answer, writes to the cell are refused. A node that the members have not taken in yet refuses them, too.",
		Wrong: "laspc send add 7      # while the cell is being sealed",
		Right: "laspc send add 7      # again: the cell is sealed then (L0503), or open",
	},
	{
		Code:  "L0634",
		Title: "another deployment came first",
		When: "Which program is active is decided in one order for the whole cluster. A deployment, or a rollback, takes the place of the version that was " +
			"active where it was asked for, or of the one that it names. Where another version has become active by then nothing is changed, and the message " +
			"says which and by whom.",
		Wrong: "laspc deploy shop.lasp --over 3         # while somebody deploys version 4",
		Right: "laspc deploy shop.lasp --plan && laspc deploy shop.lasp",
	},
	{
		Code:  "L0635",
		Title: "a node of another cluster",
		When: "Two clusters that each began by themselves, with one authority, were joined. What one of them decides the other may contradict, so their nodes " +
			"exchange nothing and say so. Keep them apart; or choose one, empty the data directories of the other, and let its nodes join.",
		Wrong: "laspc node --name n4 --join 10.0.0.1:7070 ..    # n4 has been a cluster of its own",
		Right: "rm -r /var/lib/lasp && laspc node --name n4 --join 10.0.0.1:7070 ..",
	},
	{
		Code:  "L0636",
		Title: "a node that was retired",
		When: "A node that was given up by `laspc retire` has come back. What it had acknowledged and passed on to nobody before is refused everywhere, since " +
			"others have its places and rights by now; the message says how much that is and which cells it wrote. The node stops. At its next start it begins " +
			"anew, as another life without its state, which is kept in `quarantine/` of its data directory.",
		Wrong: "laspc retire n3     # while n3 is only cut off",
		Right: "laspc node --name n3 ..   # again: it begins anew",
	},
	{
		Code:  "L0637",
		Title: "a request id that was used for something else",
		When: "What is sent under the Idempotency-Key of an earlier request is that request once more: it has the same input, or writes, and the same " +
			"arguments. Anything else is refused, at every node that has heard of the first one, and nothing is done. A new request needs a new id.",
		Wrong: "laspc send order pen 1 --id o7     # then:  laspc send order ink 2 --id o7",
		Right: "laspc send order pen 1 --id o7     # then:  laspc send order ink 2 --id o8",
	},
	{
		Code:  "L0638",
		Title: "an answer that is not known any more",
		When: "The request was done, and is not done again. What it was answered is remembered for a day; a node may also hear of what was done before it hears " +
			"of the answer. Within a day ask again under the same id, later read what the request changed.",
		Wrong: "laspc send take 1 x 3 --id t1     # two days after the first time",
		Right: "laspc show stock",
	},
}
