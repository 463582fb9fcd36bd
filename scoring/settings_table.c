/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/settings_table.h"

#include "scoring/settings_values.h"

#include <stddef.h>

#define GLOBAL(member)      "", #member, offsetof(struct settings, member)
#define RECIPIENT(member)   "recipient", #member, offsetof(struct recipient_settings, member)
#define DESTINATION(member) "destination", #member, offsetof(struct destination_settings, member)
#define DAEMON(member)      "daemon", #member, offsetof(struct daemon_settings, member)

static const char *const log_choices[] = { "stderr", "syslog", NULL };
static const char *const client_choices[] = { "score", "tag", "skip", NULL };
static const char *const overload_choices[] = { "tempfail", "accept", NULL };
static const char *const discard_needs_choices[] = { "any", "two-kinds", NULL };
static const char *const srs_choices[] = { "off", "always", "when-needed", NULL };
static const char *const separator_choices[] = { "=", "+", "-", NULL };
static const char *const people_choices[] = { "off", "site", "domain", NULL };
static const char *const role_choices[] = { "front", "forward", NULL };

#define SCORE_MIN (-1000 * 1000)
#define SCORE_MAX (1000 * 1000)
#define SECOND    INT64_C(1000)
#define DAY       (86400 * SECOND)

/* GLOBAL() and its kin give section, name and offset; the rows name the rest. */
#define KEY(where, ...) KEY_(where, __VA_ARGS__)
#define KEY_(section_, name_, offset_, ...)                                                        \
	{                                                                                          \
		.section = section_, .name = name_, .offset = offset_, __VA_ARGS__                 \
	}

const struct setting_key settings_table[] = {
	KEY(GLOBAL(listen), .type = SETTING_LIST, .default_text = "unix:/run/assay/assay.sock",
	    .restart = true, .repeatable = true,
	    .text = "Where the MTA reaches the filter: unix:/path, local:/path, inet:port@host, "
	            "or inet:host:port. A unix socket costs the least."),
	KEY(GLOBAL(socket_mode), .type = SETTING_MODE, .max = 0777, .default_text = "0660",
	    .restart = true, .text = "Permissions of unix sockets."),
	KEY(GLOBAL(socket_group), .type = SETTING_TEXT, .default_text = "", .restart = true,
	    .text = "Group that owns unix sockets, so that the MTA can connect; for Postfix: "
	            "postfix. Empty: the group of the user."),
	KEY(GLOBAL(user), .type = SETTING_TEXT, .default_text = "", .restart = true,
	    .text = "The account that the filter runs as once its sockets are open; only used "
	            "when it is started by root. Empty: it stays what it is."),
	KEY(GLOBAL(log), .type = SETTING_CHOICE, .choices = log_choices, .default_text = "stderr",
	    .restart = true,
	    .text = "Where the log goes: stderr (which systemd keeps), or syslog's mail facility."),
	KEY(GLOBAL(pid_file), .type = SETTING_TEXT, .default_text = "", .restart = true,
	    .text = "File that gets the process id; not needed with systemd."),
	KEY(GLOBAL(store), .type = SETTING_TEXT,
	    .default_text = "sqlite:" ASSAY_STATEDIR "/assay.db", .restart = true,
	    .text = "Where records of what was done are kept. Forwarded mail is dropped only "
	            "once its record is safe there. sqlite:PATH, or redis://USER:PASSWORD@HOST:PORT/DB "
	            "(rediss:// over TLS, redis+unix:///PATH?db=DB for a socket) for several "
	            "hosts that share one view; what Redis does not take, or may yet lose, waits "
	            "in a journal, " ASSAY_STATEDIR "/redis.journal or ?journal=PATH."),
	KEY(GLOBAL(records_keep), .type = SETTING_TIME, .min = DAY, .max = 3660 * DAY,
	    .default_text = "30d", .restart = true, .text = "How long records are kept."),
	KEY(GLOBAL(records_max_size), .type = SETTING_SIZE, .min = 16 * 1024 * 1024,
	    .max = INT64_C(1) << 50, .default_text = "4G", .restart = true,
	    .text = "How much room records may take, in the file or in Redis' memory. Beyond it, "
	            "deliveries older than a day are removed first, then whatever is oldest. A "
	            "million records take about 800 MB; in Redis, 1500 MB."),
	KEY(GLOBAL(lessons), .type = SETTING_TEXT, .default_text = "", .restart = true,
	    .text = "Where what was learned is kept (assay learn): sqlite:PATH, or redis://… as in "
	            "store, for several hosts that then score alike. Empty: beside the records, in "
	            "the same Redis, or in the file PATH.lessons."),
	KEY(GLOBAL(lessons_keep), .type = SETTING_TIME, .min = DAY, .max = 3660 * DAY,
	    .default_text = "730d", .restart = true, .text = "How long lessons are kept."),
	KEY(GLOBAL(lessons_max_size), .type = SETTING_SIZE, .min = 1024 * 1024,
	    .max = INT64_C(1) << 40, .default_text = "256M", .restart = true,
	    .text = "How much room the lessons of the site, of a domain or of an address may take, "
	            "each; the oldest go first. A message takes about 4 kB."),
	KEY(GLOBAL(lessons_memory), .type = SETTING_SIZE, .min = 8 * 1024 * 1024,
	    .max = INT64_C(1) << 40, .default_text = "64M", .restart = true,
	    .text = "How much memory the models of what was learned may take together; that of the "
	            "site and of each domain and address takes 2 MB. Those that were used least "
	            "lately are dropped from memory, and loaded again when they are needed."),
	KEY(GLOBAL(max_message_size), .type = SETTING_SIZE, .min = 1024, .max = 1 << 30,
	    .default_text = "10M", .restart = true,
	    .text = "Larger messages are scanned up to this size, and their header says so."),
	KEY(GLOBAL(max_memory), .type = SETTING_SIZE, .max = INT64_C(1) << 50, .default_text = "0",
	    .restart = true,
	    .text = "How much memory messages may take together, at least five times "
	            "max_message_size; what is beyond waits. 0: a quarter of the machine's, or "
	            "half of what a limit of the process or its control group leaves, where that "
	            "is less."),
	KEY(GLOBAL(hostname), .type = SETTING_TEXT, .default_text = "",
	    .text = "The name of this host in headers. Empty: the name that the MTA gives, "
	            "else the system's."),
	KEY(GLOBAL(authserv_id), .type = SETTING_TEXT, .default_text = "",
	    .text = "Our name in Authentication-Results fields (RFC 8601); fields from outside "
	            "that claim it are removed, so other filters that write such fields come behind "
	            "this one or use another name. Empty: what hostname says."),
	KEY(GLOBAL(service_name), .type = SETTING_TEXT,
	    .default_text = "Assay Mail Filtering Service",
	    .text = "The name of the service, in brackets in X-Spam-Technical-Details."),
	KEY(GLOBAL(support_url), .type = SETTING_TEMPLATE, .default_text = "",
	    .text = "Where readers complain of a wrong decision. %i is replaced by the scan id, "
	            "by which support finds the record. Empty: the sentence is left out."),
	KEY(GLOBAL(heading_text), .type = SETTING_TEMPLATE,
	    .default_text = "\"[%n] - Support information:\"",
	    .text = "First line of X-Spam-Technical-Details: %n service, %h host, %s score, %r "
	            "threshold, %u support URL, %i scan id, %q queue id, %% a percent sign."),
	KEY(GLOBAL(scanned_text), .type = SETTING_TEMPLATE,
	    .default_text = "\"This message was scanned by: %h and received a score of: %s\"",
	    .text = "The sentence that says the score; \"\" leaves it out."),
	KEY(GLOBAL(threshold_text), .type = SETTING_TEMPLATE,
	    .default_text =
	            "\"This system will flag a message as spam if the score is greater than %r.\"",
	    .text = "The sentence that says the threshold; \"\" leaves it out."),
	KEY(GLOBAL(support_text), .type = SETTING_TEMPLATE,
	    .default_text = "\"If you feel this was in error, please visit %u\"",
	    .text = "The sentence with the support URL; left out where support_url is empty."),
	KEY(GLOBAL(report_header), .type = SETTING_FLAG, .default_text = "no",
	    .text = "Whether mail gets X-Spam-Report, which explains its score: each rule of 0.2 points "
	            "or more with what it means and what it matched, of what a combination is made, "
	            "and what is known to be good of the sender. It shows recipients how the filter "
	            "thinks, and stands in the place of add_header Report of the rule files."),
	KEY(GLOBAL(required_score), .type = SETTING_SCORE, .min = SCORE_MIN, .max = SCORE_MAX,
	    .default_text = "5",
	    .text = "Mail with a score greater than this is tagged as spam. Where it is not set "
	            "here, required_score of the rule files holds, else 5."),
	KEY(GLOBAL(rewrite_subject), .type = SETTING_FLAG, .default_text = "yes",
	    .text = "Whether the Subject of spam gets subject_tag in front."),
	KEY(GLOBAL(forwarded_subject), .type = SETTING_FLAG, .default_text = "no",
	    .text = "Whether mail has the tag that leaves, because all who get the copy are "
	            "forwarded to other hosts. Most senders sign the Subject (DKIM), so with yes "
	            "what is tagged fails at its destination. With no the forward hop takes out what "
	            "the front put there; without the hop, mail that also has a mailbox here is "
	            "tagged."),
	KEY(GLOBAL(subject_tag), .type = SETTING_TAG, .default_text = "\"[SPAM] \"",
	    .text = "The tag. Short on purpose: long ones hide the subject on phones. Where it is "
	            "not set here, rewrite_header Subject of the rule files holds."),
	KEY(GLOBAL(forward_discard_score), .type = SETTING_SCORE, .min = SCORE_MIN,
	    .max = SCORE_MAX, .default_text = "6.0",
	    .text = "Forwarded mail with this score or higher is dropped, once it is recorded. "
	            "Mail for mailboxes is never dropped."),
	KEY(GLOBAL(discard_needs), .type = SETTING_CHOICE, .choices = discard_needs_choices,
	    .default_text = "any",
	    .text = "What a drop takes besides the score: any, so that the score alone decides, or "
	            "two-kinds, evidence of two different kinds: wording (text, links, attachments, "
	            "Subject), sender (other header fields, relays, SPF, DKIM, DMARC), network (DNS lists) and "
	            "learned, each with at least 0.5 points. From twice the score on, one kind is "
	            "enough. What is forwarded for want of a second kind is recorded as that."),
	KEY(GLOBAL(hosted_domains), .type = SETTING_LIST, .default_text = "",
	    .text = "The domains whose mailboxes are here; or /path of a file with one per line. All of "
	            "them: what a table forwards to any other domain is taken to leave. While "
	            "it is empty nothing is dropped by forward_map."),
	KEY(GLOBAL(forward_map), .type = SETTING_LIST, .default_text = "", .repeatable = true,
	    .text = "Which addresses are forwarded, from the MTA's own tables: "
	            "texthash:PATH (virtual(5)), aliases:PATH (aliases(5)), pcre:PATH "
	            "(pcre_table(5)), regexp:PATH (regexp_table(5)), sqlite:PATH (sqlite_table(5)), "
	            "redis://HOST:PORT/DATABASE/HASH (or rediss:, redis+unix:), socketmap:unix:/path:name or "
	            "socketmap:inet:host:port:name. Repeat the line for more. Not needed where "
	            "the forward hop is set up. What an MTA may read in another way than we do is "
	            "warned of, or told by assay lookup, and nothing is dropped on it."),
	KEY(GLOBAL(local_domains), .type = SETTING_LIST, .default_text = "",
	    .text = "The hosted domains where bare names in aliases hold (Postfix's mydestination, "
	            "Sendmail's class w). Empty: the hosted domain, where there is but one "
	            "that no table declares as virtual; with several, nothing is dropped "
	            "that a bare name forwards, for it may be a mailbox in another domain."),
	KEY(GLOBAL(relayed_domains), .type = SETTING_LIST, .default_text = "",
	    .text = "Domains that other hosts deliver, as for customers whose MX we are. Mail to "
	            "them is not forwarded, so it is never dropped and keeps its sender."),
	KEY(GLOBAL(recipient_delimiter), .type = SETTING_TEXT, .default_text = "+",
	    .text = "Characters that begin an extension, as in user+extension@example.com; as in "
	            "the MTA. Where it is not set, nothing is dropped on an address that a table "
	            "has only without its extension; so leave it where Sendmail gives local mail "
	            "to LMTP."),
	KEY(GLOBAL(srs), .type = SETTING_CHOICE, .choices = srs_choices, .default_text = "off",
	    .text = "Whether forwarded mail gets a sender in srs_domain (Sender Rewriting Scheme), "
	            "so that it passes SPF at its destination: off, always, or when-needed, which "
	            "leaves a sender as it is where its domain's SPF record lets all of "
	            "srs_outgoing_addresses send. Done on the forward hop."),
	KEY(GLOBAL(srs_domain), .type = SETTING_TEXT, .default_text = "",
	    .text = "The domain of rewritten senders. Its MX must be a host with this filter, which "
	            "sends bounces on to the original sender."),
	KEY(GLOBAL(srs_secret_file), .type = SETTING_TEXT, .default_text = "",
	    .text = "File with one secret a line, as PostSRSd has it: the first signs, all of them "
	            "verify. To change it, put the new one first and remove the old one after "
	            "srs_max_age."),
	KEY(GLOBAL(srs_exclude_domains), .type = SETTING_LIST, .default_text = "",
	    .text = "More domains whose senders stay as they are; those in hosted_domains and "
	            "relayed_domains do so anyway. *.name is all below one, /path a file with one "
	            "per line."),
	KEY(GLOBAL(srs_socketmap), .type = SETTING_TEXT, .default_text = "", .restart = true,
	    .text = "Where SRS is offered to Postfix as look-up tables, an address as in listen: "
	            "socketmap:unix:/path:forward for sender_canonical_maps where there is no "
	            "forward hop, and socketmap:unix:/path:reverse for recipient_canonical_maps, "
	            "with the hop too: bounces that Postfix itself writes pass no filter. Also "
	            "with srs off. socket_mode and socket_group hold for it."),
	KEY(GLOBAL(srs_outgoing_addresses), .type = SETTING_NETWORKS, .default_text = "",
	    .text = "For srs when-needed: the addresses from which forwarded mail leaves, at most "
	            "16, those of small networks included."),
	KEY(GLOBAL(srs_separator), .type = SETTING_CHOICE, .choices = separator_choices,
	    .default_text = "=", .text = "The character after SRS0 and SRS1."),
	KEY(GLOBAL(srs_hash_length), .type = SETTING_COUNT, .min = 4, .max = 26,
	    .default_text = "4", .text = "Characters of the hash in a rewritten sender."),
	KEY(GLOBAL(srs_hash_min), .type = SETTING_COUNT, .min = 4, .max = 26, .default_text = "4",
	    .text = "Fewest characters of a hash that are accepted."),
	KEY(GLOBAL(srs_max_age), .type = SETTING_TIME, .min = DAY, .max = 1000 * DAY,
	    .default_text = "21d", .text = "How long a rewritten sender takes bounces."),
	KEY(GLOBAL(rules), .type = SETTING_LIST, .default_text = ASSAY_RULESDIR "/assay",
	    .repeatable = true,
	    .text = "A rule file in SpamAssassin's language, or a directory whose *.cf files "
	            "are read in the order of their names. Naming one replaces the default; "
	            "repeat the line for more."),
	KEY(GLOBAL(local_rules), .type = SETTING_TEXT, .default_text = SETTINGS_LOCAL_RULES,
	    .text = "A directory whose *.cf files are read after those of rules, whatever that names: "
	            "scores and rules of this site. A relative path is relative to the directory of "
	            "this file. The default need not be there. Empty: none."),
	KEY(GLOBAL(cache_directory), .type = SETTING_TEXT, .default_text = ASSAY_CACHEDIR,
	    .text = "Where what is compiled of the rules is kept for the next start, which then is "
	            "faster. The filter's account writes there, and assay score where it may. A "
	            "directory or file that others may write to is not used. Empty: nothing is kept."),
	KEY(GLOBAL(mistakes_directory), .type = SETTING_TEXT,
	    .default_text = ASSAY_STATEDIR "/mistakes",
	    .text = "The folder where assay report-mistake keeps messages that were judged wrongly, "
	            "in ham and spam below it."),
	KEY(GLOBAL(autolearn), .type = SETTING_FLAG, .default_text = "yes",
	    .text = "Whether mail that is surely spam, or surely not, by its score without the "
	            "classifier's vote is learned by itself: from strangers, scanned without any "
	            "doubt, and as long as no more of its class was learned than of the other. The "
	            "rule files' bayes_auto_learn and its thresholds hold."),
	KEY(GLOBAL(autolearn_after), .type = SETTING_COUNT, .min = 0, .max = 1000000,
	    .default_text = "200",
	    .text = "How many messages of each class people have to teach before anything is "
	            "learned by itself."),
	KEY(GLOBAL(qr_codes), .type = SETTING_FLAG, .default_text = "no",
	    .text = "Whether QR codes are read in attached pictures (PNG, JPEG, GIF); their links are seen by "
	            "rules and lists as any other. At most 10 pictures of 4 million pixels are looked "
	            "at, 8 million in all; that costs up to some tenths of a second of processor time a message."),
	KEY(GLOBAL(network_tests), .type = SETTING_FLAG, .default_text = "yes",
	    .text = "Whether tests that ask the network may run."),
	KEY(GLOBAL(dns_server), .type = SETTING_SERVERS, .default_text = "", .restart = true,
	    .repeatable = true,
	    .text = "A DNS server to ask, as ADDRESS or ADDRESS@PORT; repeat the line for more. One "
	            "that caches, on this host or near, is best. Empty: those of /etc/resolv.conf."),
	KEY(GLOBAL(dns_timeout), .type = SETTING_TIME, .min = 100, .max = 60 * SECOND,
	    .default_text = "5s", .restart = true,
	    .text = "How long one DNS lookup may take, with all its retries."),
	KEY(GLOBAL(dns_wait), .type = SETTING_TIME, .min = 100, .max = 300 * SECOND,
	    .default_text = "10s",
	    .text = "How long the answers to a message's questions to DNS lists are waited for. As "
	            "they come in, the time shrinks towards a fifth of it; an answer that comes "
	            "later is a rule that doesn't hit, and named in the log. At most two thirds of "
	            "scan_timeout. Where it is not set here, rbl_timeout of the rule files holds."),
	KEY(GLOBAL(dns_zone), .type = SETTING_ZONES, .default_text = "", .restart = true,
	    .repeatable = true,
	    .text = "A zone, such as that of a private list, and the addresses of the servers that "
	            "have it (ADDRESS or ADDRESS@PORT, such as an rbldnsd on this host): they are "
	            "asked for its names instead of dns_server."),
	KEY(GLOBAL(lists_file), .type = SETTING_TEXT, .default_text = ASSAY_STATEDIR "/lists",
	    .restart = true,
	    .text = "Where the filter writes what it knows of the DNS lists that rules ask, for assay "
	            "lists. Its account writes there. Empty: nowhere."),
	KEY(GLOBAL(spf), .type = SETTING_FLAG, .default_text = "yes",
	    .text = "Whether the sender's SPF policy (RFC 7208) is asked for: of the client, or, "
	            "where that is in internal_networks, of the host that gave the message to "
	            "them. Not of authenticated clients and of those in trusted_networks. The "
	            "result is there for rules, in Received-SPF and Authentication-Results, and in "
	            "the log."),
	KEY(GLOBAL(dkim), .type = SETTING_FLAG, .default_text = "yes",
	    .text = "Whether DKIM signatures (RFC 6376) and the ARC chain (RFC 8617) of a message "
	            "are checked. The results are there for rules, in Authentication-Results and in "
	            "the log."),
	KEY(GLOBAL(dmarc), .type = SETTING_FLAG, .default_text = "yes",
	    .text = "Whether it is asked what the domain of From wants of mail that neither SPF nor "
	            "DKIM show to be its own (DMARC, RFC 9989). No reports are sent."),
	KEY(GLOBAL(trusted_forwarders), .type = SETTING_LIST, .default_text = "",
	    .text = "Who forwards mail to us and is believed about it, as a list or another "
	            "account of our users: a network, or the domain that seals (d= of ARC). What "
	            "its Authentication-Results, or the ARC-Authentication-Results of a valid "
	            "chain, say of SPF and DKIM stands in the place of what is found here, and "
	            "its mail isn't held against senders whose SPF record doesn't have it."),
	KEY(GLOBAL(trusted_authserv), .type = SETTING_LIST, .default_text = "",
	    .text = "Hosts, by the name in their Authentication-Results fields (RFC 8601, "
	            "authserv-id), that are believed about SPF, DKIM, ARC and DMARC where our own "
	            "check can't be made: without network tests, with spf, dkim or dmarc no, "
	            "without an answer of the DNS, or where not all of the body was read. Only "
	            "fields count that our network added: above the Received field with which it "
	            "took the message, or, of this host's own names, by another filter here. These "
	            "hosts have to remove what comes from outside in their name (RFC 8601 section "
	            "5). * believes the topmost field, whoever wrote it: for measuring stored mail."),
	KEY(GLOBAL(spf_timeout), .type = SETTING_TIME, .min = 100, .max = 300 * SECOND,
	    .default_text = "20s", .restart = true,
	    .text = "After this time a check of SPF ends as temperror. It runs while the "
	            "message is received, so it rarely delays anything; at the message's end it is "
	            "waited for at most two thirds of scan_timeout."),
	KEY(GLOBAL(reuse_received_spf), .type = SETTING_FLAG, .default_text = "no",
	    .text = "Whether Received-SPF fields are believed, instead of asking again, that were "
	            "written into the message by hosts of internal_networks before it came here, "
	            "or, in what assay score reads, by this host. Where it is not set here, "
	            "ignore_received_spf_header of the rule files decides."),
	KEY(GLOBAL(trusted_networks), .type = SETTING_NETWORKS, .default_text = "",
	    .text = "Hosts whose Received fields are believed, and whose mail trusted_clients is "
	            "about. Empty: no client is trusted, but Received fields are "
	            "believed of the trusted_networks of rule files, and where they have none, of "
	            "hosts with private addresses, as SpamAssassin does."),
	KEY(GLOBAL(internal_networks), .type = SETTING_NETWORKS, .default_text = "",
	    .text = "Those of them that receive mail for us (MX and what is behind it). Empty: the "
	            "internal_networks of rule files, else trusted_networks."),
	KEY(GLOBAL(authenticated_clients), .type = SETTING_CHOICE, .choices = client_choices,
	    .default_text = "score",
	    .text = "Mail from users who logged in: score it without tagging or dropping, tag it "
	            "(treat it as any other), or skip the scan."),
	KEY(GLOBAL(trusted_clients), .type = SETTING_CHOICE, .choices = client_choices,
	    .default_text = "score", .text = "The same for mail from trusted_networks."),
	KEY(GLOBAL(correspondents), .type = SETTING_CHOICE, .choices = people_choices,
	    .default_text = "domain",
	    .text = "Whether it is learned whom our users write to (those who log in, and those in "
	            "trusted_networks), so that answers are known by KNOWN_CORRESPONDENT: for all "
	            "of the site, or for the writer and his domain."),
	KEY(GLOBAL(sender_history), .type = SETTING_CHOICE, .choices = people_choices,
	    .default_text = "site",
	    .text = "Whether it is learned how the mail of senders scores whom DKIM or SPF show, so "
	            "that TXREP pulls their next scores towards that: for all of the site, or for "
	            "each domain of recipients. Also off where use_txrep of the rule files is 0."),
	KEY(GLOBAL(people_keep), .type = SETTING_TIME, .min = DAY, .max = 3660 * DAY,
	    .default_text = "365d", .restart = true,
	    .text = "How long that is kept after the last message of each."),
	KEY(GLOBAL(scan_timeout), .type = SETTING_TIME, .min = 100, .max = 300 * SECOND,
	    .default_text = "30s",
	    .text = "A message that is not done by then is delivered with what was found, and "
	            "its header says so."),
	KEY(GLOBAL(overload), .type = SETTING_CHOICE, .choices = overload_choices,
	    .default_text = "tempfail",
	    .text = "What becomes of a message that has waited for memory as long as scan_timeout: "
	            "tempfail, so that it is sent again later, or accept, scored by what there was "
	            "room for."),
	KEY(GLOBAL(commit_timeout), .type = SETTING_TIME, .min = 10, .max = 300 * SECOND,
	    .default_text = "10s",
	    .text = "How long a drop waits for its record; after that the mail is delivered."),
	KEY(GLOBAL(scanners), .type = SETTING_COUNT, .max = 1024, .default_text = "0",
	    .text = "How many messages are matched at once. 0: one per processor."),
	KEY(GLOBAL(match_limit), .type = SETTING_COUNT, .min = 1000, .max = 1000000000,
	    .default_text = "1000000",
	    .text = "Steps after which a pattern that backtracks is abandoned for a message; it is also "
	            "abandoned when it takes a twentieth of as many microseconds of processor time."),
	KEY(GLOBAL(seal_key_file), .type = SETTING_TEXT, .default_text = "",
	    .text = "File with the secret, at least 16 bytes, by which the forward hop believes "
	            "the score of the front. The same on all hosts that forward for each other."),
	KEY(GLOBAL(seal_max_age), .type = SETTING_TIME, .min = 60 * SECOND, .max = 30 * DAY,
	    .default_text = "7d",
	    .text = "How long the score of the front is believed: as long as mail may wait in "
	            "the queue."),

	KEY(RECIPIENT(enabled), .type = SETTING_FLAG, .default_text = "yes",
	    .text = "no: mail for this recipient is scored but never tagged."),
	KEY(RECIPIENT(required_score), .type = SETTING_SCORE, .min = SCORE_MIN, .max = SCORE_MAX,
	    .default_text = "", .text = "As required_score, for this recipient."),
	KEY(RECIPIENT(rewrite_subject), .type = SETTING_FLAG, .default_text = "",
	    .text = "As rewrite_subject, for this recipient."),
	KEY(RECIPIENT(subject_tag), .type = SETTING_TAG, .default_text = "",
	    .text = "As subject_tag, for this recipient."),

	KEY(DESTINATION(forward_discard_score), .type = SETTING_SCORE, .min = SCORE_MIN,
	    .max = SCORE_MAX, .default_text = "",
	    .text = "As forward_discard_score, for mail forwarded there; or keep, which is another way to write keep yes."),
	KEY(DESTINATION(discard_needs), .type = SETTING_CHOICE, .choices = discard_needs_choices,
	    .default_text = "", .text = "As discard_needs, for mail forwarded there."),
	KEY(DESTINATION(keep), .type = SETTING_FLAG, .default_text = "no",
	    .text = "yes, or the word alone: mail forwarded there is never dropped."),
	KEY(DESTINATION(observe), .type = SETTING_FLAG, .default_text = "no",
	    .text = "yes, or the word alone: a dry run. What would be dropped is forwarded, with "
	            "X-Spam-Would-Discard in its header, unless the copy goes to others as well, and "
	            "observed= in the log; assay report forwarded-discards --observed lists it."),

	KEY(DAEMON(role), .type = SETTING_CHOICE, .choices = role_choices, .default_text = "front",
	    .text = "What the MTA's listener of this {daemon_name} is: front (mail from outside) "
	            "or forward (the hop, where every recipient is an external destination)."),
};

const size_t settings_table_len = sizeof(settings_table) / sizeof(settings_table[0]);
