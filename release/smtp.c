/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "release/smtp.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/socket_address.h"
#include "base/strbuf.h"

/* RFC 5321 section 4.5.3.2: for the answer to the end of the data, ten minutes. */
#define TIMEOUT_S     60
#define END_TIMEOUT_S 600
#define LINE_MAX_SIZE 2048
#define REPLY_LINES   100
#define SCHEME        "smtp:"

struct smtp {
	int fd;
	char data[LINE_MAX_SIZE]; /* what was read and isn't taken yet */
	size_t len;
	int code;
	char text[LINE_MAX_SIZE]; /* the last line of the last answer */
	bool eight_bit, utf8, dsn;
};

bool smtp_server_parse(struct arena *arena, const char *key, struct str text,
                       struct smtp_server *server_r, struct error *err_r)
{
	struct socket_address address;
	struct str rest = str_from_offset(text, strlen(SCHEME));

	if (!str_starts(text, STR(SCHEME)) ||
	    !socket_address_parse(arena, key, arena_printf(arena, "inet:%.*s", STR_FMT(rest)),
	                          &address, err_r))
		return error_set(err_r, "%s: \"%.*s\" is no smtp:HOST:PORT", key, STR_FMT(text));
	*server_r = (struct smtp_server){ address.host, address.port };
	return true;
}

static void set_timeout(int fd, int seconds)
{
	struct timeval timeout = { .tv_sec = seconds };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
}

/* As write_all(), but a server that went away is no signal. */
static bool send_all(int fd, struct str text)
{
	while (text.len > 0) {
		ssize_t n = send(fd, text.data, text.len, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			text = str_from_offset(text, (size_t)n);
	}
	return true;
}

static int connect_to(const struct smtp_server *server, struct error *err_r)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found, *at;
	int code = getaddrinfo(server->host, server->port, &hints, &found), fd = -1;

	if (code != 0) {
		error_set(err_r, "%s: %s", server->host, gai_strerror(code));
		return -1;
	}
	for (at = found; at != NULL && fd < 0; at = at->ai_next) {
		fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0)
			continue;
		set_timeout(fd, TIMEOUT_S);
		if (connect(fd, at->ai_addr, at->ai_addrlen) == 0)
			continue;
		error_set(err_r, "%s:%s: %s", server->host, server->port, strerror(errno));
		close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	return fd;
}

/* A line without its end; false where none comes. */
static bool read_line(struct smtp *smtp, char line[LINE_MAX_SIZE])
{
	for (;;) {
		char *end = memchr(smtp->data, '\n', smtp->len);
		ssize_t n;

		if (end != NULL) {
			size_t len = (size_t)(end - smtp->data);

			memcpy(line, smtp->data, len);
			line[len > 0 && line[len - 1] == '\r' ? len - 1 : len] = '\0';
			smtp->len -= len + 1;
			memmove(smtp->data, end + 1, smtp->len);
			return true;
		}
		if (smtp->len == sizeof(smtp->data))
			return false;
		n = read(smtp->fd, smtp->data + smtp->len, sizeof(smtp->data) - smtp->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		smtp->len += (size_t)n;
	}
}

static void note_extension(struct smtp *smtp, const char *line)
{
	const char *word = strlen(line) > 4 ? line + 4 : "";

	smtp->eight_bit = smtp->eight_bit || strcasecmp(word, "8BITMIME") == 0;
	smtp->utf8 = smtp->utf8 || strcasecmp(word, "SMTPUTF8") == 0;
	smtp->dsn = smtp->dsn || strcasecmp(word, "DSN") == 0;
}

static bool is_reply(const char *line)
{
	return char_is_digit(line[0]) && char_is_digit(line[1]) && char_is_digit(line[2]) &&
	       (line[3] == ' ' || line[3] == '-' || line[3] == '\0');
}

/* An answer; false where none comes, and then the code is 0. */
static bool read_reply(struct smtp *smtp)
{
	smtp->code = 0;
	for (int i = 0; i < REPLY_LINES; i++) {
		if (!read_line(smtp, smtp->text) || !is_reply(smtp->text))
			return false;
		note_extension(smtp, smtp->text);
		if (smtp->text[3] != '-') {
			smtp->code = (smtp->text[0] - '0') * 100 + (smtp->text[1] - '0') * 10 +
			             smtp->text[2] - '0';
			return true;
		}
	}
	return false;
}

static bool refused(const struct smtp *smtp, const char *doing, struct error *err_r)
{
	if (smtp->code == 0)
		return error_set(err_r, "the MTA gave no answer to %s", doing);
	return error_set(err_r, "the MTA refused %s: %.400s", doing, smtp->text);
}

static bool command(struct smtp *smtp, struct arena *arena, struct str text, const char *doing,
                    int wanted, struct error *err_r)
{
	struct str line = arena_printf(arena, "%.*s\r\n", STR_FMT(text));

	if (!send_all(smtp->fd, line))
		return error_set(err_r, "the MTA went away: %s", strerror(errno));
	return (read_reply(smtp) && smtp->code / 100 == wanted) || refused(smtp, doing, err_r);
}

/* RFC 3461 section 4: xtext. */
static struct str xtext(struct arena *arena, struct str text)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c <= ' ' || c >= 0x7f || c == '+' || c == '=')
			strbuf_printf(&buf, "+%02X", c);
		else
			strbuf_add_char(&buf, (char)c);
	}
	return strbuf_str(&buf);
}

static bool has_eight_bit(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] >= 0x80)
			return true;
	return false;
}

static bool send_envelope(struct smtp *smtp, struct arena *arena, const struct smtp_mail *mail,
                          struct error *err_r)
{
	bool eight_bit = smtp->eight_bit && has_eight_bit(mail->raw);
	bool dsn = smtp->dsn && mail->original.len > 0;
	struct str from, to;

	if (mail->smtputf8 && !smtp->utf8)
		return error_set(err_r, "it needs SMTPUTF8, which the MTA doesn't offer");
	from = arena_printf(arena, "MAIL FROM:<%.*s>%s%s", STR_FMT(mail->sender),
	                    eight_bit ? " BODY=8BITMIME" : "", mail->smtputf8 ? " SMTPUTF8" : "");
	to = arena_printf(arena, "RCPT TO:<%.*s>%s%.*s", STR_FMT(mail->recipient),
	                  dsn ? " ORCPT=rfc822;" : "",
	                  STR_FMT(dsn ? xtext(arena, mail->original) : STR("")));
	return command(smtp, arena, from, "its sender", 2, err_r) &&
	       command(smtp, arena, to, "its recipient", 2, err_r) &&
	       command(smtp, arena, STR("DATA"), "DATA", 3, err_r);
}

/* Lines end in CRLF, and a dot at the front is doubled (RFC 5321 section 4.5.2). */
static struct str wire_text(struct arena *arena, const struct smtp_mail *mail)
{
	const struct str parts[] = { mail->head, mail->raw };
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t k = 0; k < 2; k++) {
		struct str rest = parts[k];

		while (rest.len > 0) {
			ptrdiff_t end = str_find_char(rest, '\n');
			size_t len = end < 0 ? rest.len : (size_t)end;

			if (rest.data[0] == '.')
				strbuf_add_char(&buf, '.');
			strbuf_add(&buf, str_prefix(rest, len));
			strbuf_add(&buf, STR("\r\n"));
			rest = str_from_offset(rest, end < 0 ? len : len + 1);
		}
	}
	return strbuf_str(&buf);
}

/* The server has nothing before the line with the dot is whole. */
static enum smtp_end send_data(struct smtp *smtp, struct arena *arena, const struct smtp_mail *mail,
                               struct error *err_r)
{
	if (!send_all(smtp->fd, wire_text(arena, mail))) {
		error_set(err_r, "the MTA went away: %s", strerror(errno));
		return SMTP_NOT_SENT;
	}
	set_timeout(smtp->fd, END_TIMEOUT_S);
	if (!send_all(smtp->fd, STR(".\r\n")) || !read_reply(smtp)) {
		error_set(err_r, "the MTA gave no answer to the message");
		return SMTP_UNKNOWN;
	}
	if (smtp->code / 100 == 2)
		return SMTP_SENT;
	refused(smtp, "the message", err_r);
	return SMTP_NOT_SENT;
}

static bool greet(struct smtp *smtp, struct arena *arena, struct str helo, struct error *err_r)
{
	struct str ehlo = arena_printf(arena, "EHLO %.*s", STR_FMT(helo));

	if (!read_reply(smtp) || smtp->code / 100 != 2)
		return refused(smtp, "the connection", err_r);
	return command(smtp, arena, ehlo, "EHLO", 2, err_r);
}

/* An address can't begin another command. */
static bool is_one_line(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < ' ' || text.data[i] == '>')
			return false;
	return true;
}

static enum smtp_end talk(struct smtp *smtp, struct arena *arena, const struct smtp_mail *mail,
                          struct error *err_r)
{
	enum smtp_end end;

	if (!greet(smtp, arena, mail->helo, err_r) || !send_envelope(smtp, arena, mail, err_r))
		return SMTP_NOT_SENT;
	end = send_data(smtp, arena, mail, err_r);
	if (end == SMTP_SENT)
		send_all(smtp->fd, STR("QUIT\r\n"));
	return end;
}

enum smtp_end smtp_send(const struct smtp_server *server, const struct smtp_mail *mail,
                        struct error *err_r)
{
	struct arena *arena = arena_new();
	struct smtp smtp = { .fd = -1 };
	enum smtp_end end = SMTP_NOT_SENT;

	if (!is_one_line(mail->sender) || !is_one_line(mail->recipient))
		error_set(err_r, "its envelope has characters that SMTP can't have");
	else
		smtp.fd = connect_to(server, err_r);
	if (smtp.fd >= 0) {
		end = talk(&smtp, arena, mail, err_r);
		close(smtp.fd);
	}
	arena_free(arena);
	return end;
}
