/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench/load: its options, what it reads, what it prints. */
#include "bench/load.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/strbuf.h"

static const char help[] =
	"usage: load [OPTION]... ADDRESS [FILE]...\n"
	"\n"
	"Sends mail to a filter at ADDRESS (unix:/path, inet:port@host, inet:host:port) as fast\n"
	"as it answers, and prints how long that took.\n"
	"\n"
	"      --protocol NAME     milter (default), http (Rspamd) or spamd\n"
	"      --list FILE         names of message files, one per line\n"
	"      --messages N        how many to send; the list is repeated (default: its length)\n"
	"      --warm N            send N others before (default 0)\n"
	"      --connections N     at once (default 4)\n"
	"      --per-connection N  messages that one connection carries (default 1)\n"
	"      --pid PID           a process of the filter, for CPU and memory with its children;\n"
	"                          may be repeated\n"
	"      --wait-for-all      be an MTA that knows no no-reply bits\n"
	"      --write-each        send each packet in a write of its own\n"
	"      --each              one after the other, a line for each\n"
	"      --rate N            N messages a second, on a connection each, however fast they are\n"
	"                          answered; times count from when each was due\n"
	"      --later             a filter that asks for a message to be sent again later is no\n"
	"                          failure; those are counted\n"
	"      --json              print one JSON object\n"
	"\n"
	"Exit status: 0; 64 wrong arguments; 66 no messages; 69 the filter fails.\n";

enum option_id {
	OPTION_PROTOCOL = 256,
	OPTION_LIST,
	OPTION_MESSAGES,
	OPTION_WARM,
	OPTION_CONNECTIONS,
	OPTION_PER_CONNECTION,
	OPTION_PID,
	OPTION_WAIT_FOR_ALL,
	OPTION_WRITE_EACH,
	OPTION_EACH,
	OPTION_RATE,
	OPTION_LATER,
	OPTION_JSON,
};

static const struct option long_options[] = {
	{ "protocol", required_argument, NULL, OPTION_PROTOCOL },
	{ "list", required_argument, NULL, OPTION_LIST },
	{ "messages", required_argument, NULL, OPTION_MESSAGES },
	{ "warm", required_argument, NULL, OPTION_WARM },
	{ "connections", required_argument, NULL, OPTION_CONNECTIONS },
	{ "per-connection", required_argument, NULL, OPTION_PER_CONNECTION },
	{ "pid", required_argument, NULL, OPTION_PID },
	{ "wait-for-all", no_argument, NULL, OPTION_WAIT_FOR_ALL },
	{ "write-each", no_argument, NULL, OPTION_WRITE_EACH },
	{ "each", no_argument, NULL, OPTION_EACH },
	{ "rate", required_argument, NULL, OPTION_RATE },
	{ "later", no_argument, NULL, OPTION_LATER },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static _Noreturn void die(int status, const char *what, const char *why)
{
	fprintf(stderr, "load: %s: %s\n", what, why);
	exit(status);
}

static struct str read_file(struct arena *arena, const char *path)
{
	FILE *file = fopen(path, "r");
	struct strbuf text;
	size_t n;

	if (file == NULL)
		die(EX_NOINPUT, path, "can't be opened");
	strbuf_init(&text, arena);
	while ((n = fread(strbuf_reserve(&text, 65536), 1, 65536, file)) > 0)
		text.len += n;
	fclose(file);
	return strbuf_str(&text);
}

static void add_mail(struct load *load, const char *path)
{
	struct mail *mail = vec_add(load->arena, &load->mails);

	mail->path = path;
	mail->raw = read_file(load->arena, path);
}

static void add_list(struct load *load, const char *path)
{
	struct str rest = read_file(load->arena, path), line;

	while (str_next_line(&rest, &line))
		if (line.len > 0)
			add_mail(load, arena_cstr(load->arena, line));
}

static size_t number(const char *text)
{
	uint64_t value;

	if (!str_to_uint(str_from(text), UINT32_MAX, &value))
		die(EX_USAGE, text, "is no number");
	return (size_t)value;
}

static const struct protocol *protocol_of(const char *name)
{
	static const struct protocol *const all[] = { &protocol_milter, &protocol_http,
		                                      &protocol_spamd };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	die(EX_USAGE, name, "is no protocol");
}

static void apply_option(struct load *load, int option)
{
	switch (option) {
	case OPTION_PROTOCOL:
		load->protocol = protocol_of(optarg);
		break;
	case OPTION_LIST:
		add_list(load, optarg);
		break;
	case OPTION_MESSAGES:
		load->messages = number(optarg);
		break;
	case OPTION_WARM:
		load->warm = number(optarg);
		break;
	case OPTION_CONNECTIONS:
		load->connections = number(optarg);
		break;
	case OPTION_PER_CONNECTION:
		load->per_connection = number(optarg);
		break;
	case OPTION_PID:
		vec_push(load->arena, &load->filters, (int)number(optarg));
		break;
	case OPTION_WAIT_FOR_ALL:
		load->wait_for_all = true;
		break;
	case OPTION_WRITE_EACH:
		load->write_each = true;
		break;
	case OPTION_EACH:
		load->each = true;
		break;
	case OPTION_RATE:
		load->rate = number(optarg);
		break;
	case OPTION_LATER:
		load->take_later = true;
		break;
	case OPTION_JSON:
		load->json = true;
		break;
	case 'h':
		fputs(help, stdout);
		exit(EX_OK);
	default:
		exit(EX_USAGE);
	}
}

static double percentile(const double *sorted, size_t count, double part)
{
	return count > 0 ? sorted[(size_t)((double)(count - 1) * part)] : 0;
}

static void print_times(const char *name, const double *sorted, size_t count, bool json)
{
	double p50 = percentile(sorted, count, 0.5), p95 = percentile(sorted, count, 0.95);
	double p99 = percentile(sorted, count, 0.99), max = percentile(sorted, count, 1);

	if (json)
		printf(",\"%s\":{\"p50\":%.3f,\"p95\":%.3f,\"p99\":%.3f,\"max\":%.3f}", name, p50,
		       p95, p99, max);
	else
		printf("%-15s p50 %.3f, p95 %.3f, p99 %.3f, max %.3f ms\n", name, p50, p95, p99,
		       max);
}

static void print_result(const struct load *load, const struct result *result)
{
	double count = (double)result->count, per_s = count / result->wall_s;
	double cpu_ms = (result->after.cpu_s - result->before.cpu_s) * 1e3 / (count + 1e-9);
	double user = result->after.user_s - result->before.user_s;
	double system = result->after.system_s - result->before.system_s;
	double user_part = user + system > 0 ? user / (user + system) : 0;
	double pss_mb = (double)result->pss_kib / 1024;

	if (load->json)
		printf("{\"messages\":%zu,\"wall_s\":%.4f,\"per_s\":%.1f,\"cpu_ms\":%.4f,"
		       "\"user_part\":%.2f,\"pss_mb\":%.1f,\"processes\":%zu,\"later\":%zu,"
		       "\"unsent\":%zu",
		       result->count, result->wall_s, per_s, cpu_ms, user_part, pss_mb,
		       result->after.processes, result->later, result->unsent);
	else
		printf("%zu messages in %.3f s: %.1f a second\n"
		       "filter: %.4f ms CPU a message (user %.2f of it), PSS %.1f MB, "
		       "%zu processes\n",
		       result->count, result->wall_s, per_s, cpu_ms, user_part, pss_mb,
		       result->after.processes);
	if (!load->json && load->take_later)
		printf("later: %zu; not sent, for want of a connection: %zu\n", result->later,
		       result->unsent);
	print_times("message", result->total_ms, result->count, load->json);
	print_times("end_of_message", result->end_ms, result->count, load->json);
	if (load->json)
		printf("}\n");
}

int main(int argc, char **argv)
{
	struct load load = { .arena = arena_new(),
		             .protocol = &protocol_milter,
		             .connections = 4,
		             .per_connection = 1 };
	struct result result;
	int option;

	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1)
		apply_option(&load, option);
	if (optind >= argc || load.connections == 0 || load.per_connection == 0)
		die(EX_USAGE, "arguments", "name the filter's address; see --help");
	load.address = argv[optind++];
	while (optind < argc)
		add_mail(&load, argv[optind++]);
	if (load.mails.len == 0)
		die(EX_NOINPUT, "messages", "name some, or a --list of them");
	if (load.messages == 0)
		load.messages = load.mails.len;
	signal(SIGPIPE, SIG_IGN);
	load.protocol->begin(&load);
	if (load.each) {
		load_run_each(&load);
	} else {
		load_run(&load, &result);
		print_result(&load, &result);
		free(result.total_ms);
		free(result.end_ms);
	}
	arena_free(load.arena);
	return EX_OK;
}
