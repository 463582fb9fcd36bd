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
static const char *const matched_choices[] = { "no", "spam", "all", NULL };
static const char *const srs_choices[] = { "off", "always", "when-needed", NULL };
static const char *const separator_choices[] = { "=", "+", "-", NULL };
static const char *const people_choices[] = { "off", "site", "domain", NULL };
static const char *const antivirus_choices[] = { "discard", "tag", "reject", NULL };
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
	KEY(GLOBAL(seccomp), .type = SETTING_FLAG, .default_text = "yes", .restart = true,
	    .text = "Whether the filter gives up system calls that it doesn't need, such as those that "
	            "start programs or change privileges. Where the kernel can't do that, the log says "
	            "so, and the filter goes on."),
	KEY(GLOBAL(log), .type = SETTING_CHOICE, .choices = log_choices, .default_text = "stderr",
	    .restart = true,
	    .text = "Where the log goes: stderr (which systemd keeps), or syslog's mail facility."),
	KEY(GLOBAL(pid_file), .type = SETTING_TEXT, .default_text = "", .restart = true,
	    .text = "File that gets the process id; not needed with systemd."),
	KEY(GLOBAL(control), .type = SETTING_TEXT, .default_text = "unix:/run/assay/control.sock",
	    .restart = true,
	    .text = "Where assay status and assay reload reach the running filter: "
	            "unix:/path, for its account and that one's group. none: nowhere."),
	KEY(GLOBAL(metrics), .type = SETTING_TEXT, .default_text = "none", .restart = true,
	    .text = "Where Prometheus reads metrics, at /metrics: inet:127.0.0.1:9334, inet:port@host, "
	            "or unix:/path with socket_mode and socket_group. Anybody who can connect can read "
	            "them; no addresses or texts of mail are in them. none: nowhere."),
	KEY(GLOBAL(store), .type = SETTING_TEXT,
	    .default_text = "sqlite:" ASSAY_STATEDIR "/assay.db", .restart = true,
	    .text = "Where records of what was done are kept. Forwarded mail is dropped only "
	            "once its record is safe there. sqlite:PATH, or redis://USER:PASSWORD@HOST:PORT/DB "
	            "(rediss:// over TLS, redis+unix:///PATH?db=DB for a socket, "
	            "redis+sentinel://HOST:PORT,HOST:PORT/MASTER/DB for one that Sentinels watch) for "
	            "several hosts that share one view; what Redis does not take, or may yet lose, waits "
	            "in a journal, " ASSAY_STATEDIR "/redis.journal or ?journal=PATH."),
	KEY(GLOBAL(records_keep), .type = SETTING_TIME, .min = DAY, .max = 3660 * DAY,
	    .default_text = "30d", .restart = true, .text = "How long records are kept."),
	KEY(GLOBAL(records_max_size), .type = SETTING_SIZE, .min = 16 * 1024 * 1024,
	    .max = INT64_C(1) << 50, .default_text = "4G", .restart = true,
	    .text = "How much room records may take, in the file or in Redis' memory. Beyond it, "
	            "deliveries older than a day are removed first, then whatever is oldest. A "
	            "million records take about 1100 MB; in Redis, 1900 MB."),
	KEY(GLOBAL(record_subjects), .type = SETTING_FLAG, .default_text = "yes",
	    .text = "Whether records have the message's Subject, at most 200 bytes of it, by which "
	            "people find and recognise their mail. Whoever reads the records of an account "
	            "reads it, as long as records are kept. no: it is written nowhere."),
	KEY(GLOBAL(record_matched), .type = SETTING_CHOICE, .choices = matched_choices,
	    .default_text = "all",
	    .text = "Of which messages records have the text that each rule matched, at most 200 bytes of "
	            "each and 2000 of all, which explains a score: of all, of spam alone (what scores more than "
	            "required_score), or of none (no). It is part of what people wrote, and kept as long as records are."),
	KEY(GLOBAL(discarded_copies), .type = SETTING_KEEP, .min = 3600 * SECOND, .max = 3660 * DAY,
	    .default_text = "0", .restart = true,
	    .text = "How long, and in how much room, copies of dropped mail are kept, so that assay "
	            "release can send them on after all: 7d 1G. The oldest go first. 0: none is kept. There "
	            "is none of malware, and of what is larger than max_message_size."),
	KEY(GLOBAL(discarded_copies_directory), .type = SETTING_TEXT,
	    .default_text = ASSAY_STATEDIR "/discarded", .restart = true,
	    .text = "The folder of these copies, for the filter's account alone; compressed, a file a "
	            "message."),
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
	    .max = INT64_C(1) << 40, .default_text = "128M", .restart = true,
	    .text = "How much memory the models of what was learned may take together; that of the "
	            "site and of each domain and address takes 7 MB, and more with more "
	            "learn_weights. Those that were used least lately are dropped from memory, and "
	            "loaded again when they are needed."),
	KEY(GLOBAL(learn_weights), .type = SETTING_POWER, .min = 1 << 14, .max = 1 << 20,
	    .default_text = "2^18", .restart = true,
	    .text = "How many weights a model of what was learned has; 2^20 for a site that learns "
	            "100,000 messages or more. A model takes 5 MB, and 8 bytes a weight: 7 MB with "
	            "2^18, 13 MB with 2^20. After a change, models are made anew from the lessons. "
	            "All hosts that share lessons need the same to score alike."),
	KEY(GLOBAL(max_message_size), .type = SETTING_SIZE, .min = 1024, .max = 1 << 30,
	    .default_text = "10M", .restart = true,
	    .text = "Larger messages are scanned up to this size, and their header says so."),
	KEY(GLOBAL(max_connections), .type = SETTING_COUNT, .min = 1, .max = 65000,
	    .default_text = "10000", .restart = true,
	    .text = "How many connections mail servers may have open. What comes on further ones is "
	            "turned away, as overload says, until others have ended. Connections that the limit of "
	            "descriptors (LimitNOFILE= of systemd) leaves no room for wait until others end."),
	KEY(GLOBAL(max_connections_per_client), .type = SETTING_COUNT, .max = 65000,
	    .default_text = "0", .restart = true,
	    .text = "How many of them one client may have, so that one mail server leaves room for the others: "
	            "an IPv4 address, or a network of 64 bits of IPv6, that connects to listen inet:. "
	            "Connections over unix sockets have no address, and only count in max_connections. 0: as many as that."),
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
	KEY(GLOBAL(adapt_discard), .type = SETTING_FLAG, .default_text = "no",
	    .text = "Whether the drop threshold of a destination goes down by half points while it refuses or "
	            "puts off too many forwards as spam, and up again when it is well. It takes assay health "
	            "--follow, which reads the mail log. None goes above what is configured, or below "
	            "adapt_discard_floor."),
	KEY(GLOBAL(adapt_discard_share), .type = SETTING_PERCENT, .min = 1, .max = 100 * 1000,
	    .default_text = "5%",
	    .text = "The share of its forwards that is too much, of at least 20."),
	KEY(GLOBAL(adapt_discard_floor), .type = SETTING_SCORE, .min = 0, .max = SCORE_MAX,
	    .default_text = "5", .text = "The lowest threshold that it comes to."),
	KEY(GLOBAL(adapt_discard_interval), .type = SETTING_TIME, .min = SECOND, .max = 30 * DAY,
	    .default_text = "1h",
	    .text = "The time from one step down to the next; a step up takes 24 times as long."),
	KEY(GLOBAL(health_file), .type = SETTING_TEXT, .default_text = ASSAY_STATEDIR "/health",
	    .text = "Where assay health --follow writes how far the thresholds are lowered, for the filter; and "
	            "beside it, with -days behind its name, what receivers said, for the page. "
	            "Only root or the filter's account may write it."),
	KEY(GLOBAL(health_receivers), .type = SETTING_TEXT,
	    .default_text = ASSAY_DATADIR "/receivers",
	    .text = "The table of what other hosts' replies mean, for assay health; to change it, copy it "
	            "and name the copy."),
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
	            "srs_max_age. Only its owner may use it; where that is root, the group of the filter's "
	            "user may read it (assay key new makes it so)."),
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
	    .text = "A rule file in SpamAssassin's language, a directory whose *.cf files "
	            "are read in the order of their names, or channel:NAME, the rules of a channel "
	            "that assay rules update keeps. Naming one replaces the default; "
	            "repeat the line for more."),
	KEY(GLOBAL(local_rules), .type = SETTING_TEXT, .default_text = SETTINGS_LOCAL_RULES,
	    .text = "A directory whose *.cf files are read after those of rules, whatever that names: "
	            "scores and rules of this site. A relative path is relative to the directory of "
	            "this file. The default need not be there. Empty: none."),
	KEY(GLOBAL(rules_directory), .type = SETTING_TEXT, .default_text = ASSAY_STATEDIR "/rules",
	    .text = "Where the rules of channels are kept, CHANNEL/VERSION below it. The filter's "
	            "account writes there."),
	KEY(GLOBAL(rules_keyring), .type = SETTING_TEXT,
	    .default_text = ASSAY_SYSCONFDIR "/rules-keys.gpg",
	    .text = "The public keys, as gpg --export writes them, of which one must have signed what "
	            "assay rules update fetches."),
	KEY(GLOBAL(canary), .type = SETTING_FLAG, .default_text = "no",
	    .text = "Whether a reload tries the new rules beside those in force on a sample of mail first, "
	            "as assay rules activate always does, and keeps what is in force where they fail."),
	KEY(GLOBAL(canary_mail), .type = SETTING_LIST, .default_text = "", .repeatable = true,
	    .text = "A directory with kept mail, a message a file, in the directories ham and spam "
	            "below it, on which new rules are tried besides the sample that comes with "
	            "Assay; repeat the line for more."),
	KEY(GLOBAL(canary_max_new_spam), .type = SETTING_PERCENT, .max = 100 * 1000,
	    .default_text = "0.1%",
	    .text = "How much of the good mail of the sample new rules may make spam."),
	KEY(GLOBAL(canary_max_new_discards), .type = SETTING_COUNT, .max = 1000000,
	    .default_text = "0",
	    .text = "How many good messages of the sample new rules may lift to "
	            "forward_discard_score."),
	KEY(GLOBAL(canary_max_cost), .type = SETTING_SCORE, .min = 1000, .max = 1000 * 1000,
	    .default_text = "1.5",
	    .text = "How many times the cost of the rules in force new ones may have, over the "
	            "sample."),
	KEY(GLOBAL(rules_watch), .type = SETTING_TIME, .max = 30 * DAY, .default_text = "1h",
	    .text = "How long after other rules went into force the share of mail that is tagged, "
	            "and that is dropped, is watched: where it jumps, the rules before come back. 0: "
	            "it is not watched."),
	KEY(GLOBAL(rules_watch_jump), .type = SETTING_PERCENT, .max = 100 * 1000,
	    .default_text = "10%",
	    .text = "How many percentage points the share may have grown at most. With little mail, "
	            "it must have grown by more, so that chance is no reason."),
	KEY(GLOBAL(cache_directory), .type = SETTING_TEXT, .default_text = ASSAY_CACHEDIR,
	    .text = "Where what is compiled of the rules is kept for the next start, which then is "
	            "faster. The filter's account writes there, and assay score where it may. A "
	            "directory or file that others may write to is not used. Empty: nothing is kept."),
	KEY(GLOBAL(mistakes_directory), .type = SETTING_TEXT,
	    .default_text = ASSAY_STATEDIR "/mistakes",
	    .text = "The folder where assay report-mistake keeps messages that were judged wrongly, "
	            "in ham and spam below it."),
	KEY(GLOBAL(web), .type = SETTING_TEXT, .default_text = "none",
	    .text = "Where assay web serves the page for customers and support staff: unix:/path, or "
	            "inet:127.0.0.1:8080; a web server hands it on over TLS. none: nowhere. It and "
	            "what begins with web_ is read when assay web starts."),
	KEY(GLOBAL(web_remote), .type = SETTING_FLAG, .default_text = "no",
	    .text = "Whether web may be an address that other hosts reach, for a web server on another "
	            "host. Nobody's headers are believed there, and nothing is encrypted."),
	KEY(GLOBAL(web_socket_group), .type = SETTING_TEXT, .default_text = "",
	    .text = "Group that owns the page's unix socket, with socket_mode, so that the web server "
	            "can connect: www-data on Debian. Whoever can connect can name himself in the "
	            "headers below. Empty: the group of the user."),
	KEY(GLOBAL(web_staff_header), .type = SETTING_TEXT, .default_text = "",
	    .text = "The header field in which the web server names a member of staff whom it has "
	            "authenticated, such as X-Staff: whoever it names sees everything. It is believed "
	            "over a unix socket and from this host only; the web server has to remove it from "
	            "what browsers send. Empty: nobody is staff by a header."),
	KEY(GLOBAL(web_account_header), .type = SETTING_TEXT, .default_text = "",
	    .text = "The same for customers: the field has the address or domain whose mail they see. "
	            "Where both fields are there, this one holds."),
	KEY(GLOBAL(web_url), .type = SETTING_TEXT, .default_text = "",
	    .text = "The address that browsers reach the page of assay web by, such as "
	            "https://mail.example.com/assay: what links of assay web link begin with."),
	KEY(GLOBAL(web_key_file), .type = SETTING_TEXT, .default_text = "",
	    .text = "File with the secret, at least 16 bytes, that signs the links by which customers "
	            "see their own mail (assay web link). With another secret all links are void. "
	            "Only its owner may use it; where that is root, the group of the filter's user "
	            "may read it (assay key new makes it so)."),
	KEY(GLOBAL(web_links_file), .type = SETTING_TEXT,
	    .default_text = ASSAY_STATEDIR "/web-links",
	    .text = "File in which assay web revoke writes whose links are void. The page only reads "
	            "it. Hosts that share web_key_file need the same one."),
	KEY(GLOBAL(spam_report_link), .type = SETTING_FLAG, .default_text = "no",
	    .text = "Whether forwarded mail gets X-Spam-Report-Link, a signed link by which its reader "
	            "tells us, instead of his provider, that it is spam: the next mail of the same "
	            "author with the same body is then dropped for his account. It takes web_url, "
	            "web_key_file and seal_key_file."),
	KEY(GLOBAL(web_customers_release), .type = SETTING_FLAG, .default_text = "no",
	    .text = "Whether links of customers may release dropped mail of their own account; staff's "
	            "may anyway."),
	KEY(GLOBAL(web_customers_lists), .type = SETTING_FLAG, .default_text = "yes",
	    .text = "Whether customers may change the lists of senders whom they welcome or block, on "
	            "the page and by links; staff may anyway."),
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
	KEY(GLOBAL(geoip_database), .type = SETTING_LIST, .default_text = "",
	    .text = "Databases of MaxMind's format (.mmdb) that tell the country, the provider and the "
	            "autonomous system of an address, for rules of RelayCountry, URILocalBL and ASN: "
	            "their files, of cities or countries, of providers, of systems; of two of a kind "
	            "the last counts. One that can't be read is told of, and left out. Empty: those "
	            "that geodb_options of the rule files names, else those in the usual places."),
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
	KEY(GLOBAL(antivirus), .type = SETTING_TEXT, .default_text = "",
	    .text = "The scanner of viruses that each message is shown to: clamd:unix:/path of the "
	            "socket of ClamAV's clamd, or clamd:inet:ADDRESS:PORT. Where it doesn't answer, mail is "
	            "delivered without it; header, log and assay status say so. Empty: none is asked."),
	KEY(GLOBAL(antivirus_timeout), .type = SETTING_TIME, .min = 100, .max = 300 * SECOND,
	    .default_text = "10s",
	    .text = "How long a message waits for it, besides the time that its rules take; at most "
	            "half of what is left of scan_timeout. One that is found dead is not waited for "
	            "again until it answers."),
	KEY(GLOBAL(antivirus_action), .type = SETTING_CHOICE, .choices = antivirus_choices,
	    .default_text = "discard",
	    .text = "What becomes of infected mail: discard drops what is forwarded, once that is "
	            "recorded (assay report infected), and tags what is for a mailbox, since that is never "
	            "dropped; tag tags all of it; reject has the MTA refuse it while its sender waits, and on "
	            "the forward hop, where it is too late for that, does what discard does. As with scores, "
	            "nothing is dropped or tagged of clients that are trusted or have logged in (see "
	            "authenticated_clients), and nothing dropped of destinations with keep or observe."),
	KEY(GLOBAL(antivirus_only_tag), .type = SETTING_LIST, .default_text = "Heuristics.*, PUA.*",
	    .text = "Signatures that are guesses, with * and ?: what has them is tagged, and neither "
	            "dropped nor refused."),
	KEY(GLOBAL(scan_timeout), .type = SETTING_TIME, .min = 100, .max = 300 * SECOND,
	    .default_text = "30s",
	    .text = "A message that is not done by then is delivered with what was found, and "
	            "its header says so."),
	KEY(GLOBAL(overload), .type = SETTING_CHOICE, .choices = overload_choices,
	    .default_text = "tempfail",
	    .text = "What becomes of a message that comes beyond max_connections, "
	            "max_connections_per_client or max_waiting, or has waited for max_memory as long as scan_timeout: "
	            "tempfail, so that it is sent again later (451 4.3.2), or accept: it is "
	            "delivered, scored by what there was memory for, or not scanned, and its header says so. Those "
	            "that came before keep their place."),
	KEY(GLOBAL(max_waiting), .type = SETTING_COUNT, .min = 1, .max = 65000,
	    .default_text = "512",
	    .text = "How many messages may wait for a scanner, or for memory. At least as many as the mail server "
	            "hands over at once (default_process_limit of Postfix), or it sends some of them again later when all come together."),
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
	            "the score of the front. The same on all hosts that forward for each other. Only its owner may "
	            "use it; where that is root, the group of the filter's user may read it (assay key "
	            "new makes it so)."),
	KEY(GLOBAL(seal_max_age), .type = SETTING_TIME, .min = 60 * SECOND, .max = 30 * DAY,
	    .default_text = "7d",
	    .text = "How long the score of the front is believed: as long as mail may wait in "
	            "the queue."),
	KEY(GLOBAL(release_via), .type = SETTING_TEXT, .default_text = "smtp:127.0.0.1:2526",
	    .text = "Where assay release hands dropped mail to the MTA again, as smtp:HOST:PORT: the "
	            "listener at which it was dropped, so that it leaves as it would have. That is "
	            "the forward hop, or, without one, the front door: smtp:127.0.0.1:25."),
	KEY(GLOBAL(release_transport), .type = SETTING_TEXT, .default_text = "",
	    .text = "A way of its own for what is released, so that a trick doesn't cost the address "
	            "and the name of all other mail: smtp:HOST:PORT, a listener of the MTA whose mail "
	            "leaves from another address, or sendmail:/usr/sbin/sendmail, a program that takes "
	            "a message as that does, with -i. Empty: release_via. The filter may not start "
	            "programs, so what links release goes by release_via where this is a program."),
	KEY(GLOBAL(release_srs_domain), .type = SETTING_TEXT, .default_text = "",
	    .text = "What is released gets a sender in this domain (Sender Rewriting Scheme), whatever "
	            "srs says. It needs srs_secret_file, and what srs_domain needs: its MX is a host "
	            "with this filter. Empty: such mail has the sender of any forwarded mail."),

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
