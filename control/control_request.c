/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/control_request.h"

#include <jansson.h>
#include <string.h>

#include "base/shown.h"
#include "base/suggest.h"
#include "control/json_line.h"

/* In the order of enum control_command. */
static const char *const commands[] = { "status", "reload", "act" };

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

/* Words of the request in a sentence; cut, as they may be as long as it is. */
#define WORD_MAX 60

static bool refuse(struct error *err_r, const char *what, const char *word, const char *near)
{
	struct arena *arena = arena_new();
	struct str shown = shown_text(arena, str_prefix(str_from(word), WORD_MAX));

	error_set(err_r, "%s \"%.*s\"%s%s%s", what, STR_FMT(shown),
	          near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	          near != NULL ? "\"?" : "");
	arena_free(arena);
	return false;
}

static bool read_command(const json_t *value, enum control_command *command_r, struct error *err_r)
{
	struct suggestion near = { 0 };

	if (!json_is_string(value))
		return error_set(err_r, "no \"command\"");
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		suggest_consider(&near, str_from(json_string_value(value)), commands[i]);
		if (strcmp(commands[i], json_string_value(value)) == 0) {
			*command_r = (enum control_command)i;
			return true;
		}
	}
	return refuse(err_r, "unknown command", json_string_value(value), near.word);
}

static bool is_link_character(char c)
{
	return char_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
	       c == '_';
}

static bool read_link(const json_t *value, struct control_request *request, struct error *err_r)
{
	struct str text = str_from(json_is_string(value) ? json_string_value(value) : "");

	for (size_t i = 0; i < text.len; i++)
		if (!is_link_character(text.data[i]))
			text.len = 0;
	if (text.len == 0 || text.len > CONTROL_LINK_MAX)
		return error_set(err_r, "\"link\" is none");
	memcpy(request->link, text.data, text.len);
	request->link[text.len] = '\0';
	return true;
}

static bool read_message_bytes(const json_t *value, struct control_request *request,
                               struct error *err_r)
{
	json_int_t bytes = json_is_integer(value) ? json_integer_value(value) : 0;

	if (bytes < 1 || bytes > (json_int_t)CONTROL_MESSAGE_MAX)
		return error_set(err_r, "\"message_bytes\" must be 1 to %zu", CONTROL_MESSAGE_MAX);
	request->message = (struct str){ NULL, (size_t)bytes };
	return true;
}

static bool read_member(const char *name, const json_t *value, struct control_request *request,
                        struct error *err_r)
{
	if (strcmp(name, "command") == 0)
		return true;
	if (strcmp(name, "link") == 0 && request->command == CONTROL_ACT)
		return read_link(value, request, err_r);
	if (strcmp(name, "message_bytes") == 0 && request->command == CONTROL_ACT)
		return read_message_bytes(value, request, err_r);
	if (strcmp(name, "force") != 0 || request->command != CONTROL_RELOAD)
		return refuse(err_r, "unknown member", name, NULL);
	if (!json_is_boolean(value))
		return error_set(err_r, "\"force\" must be true or false");
	request->force = json_is_true(value);
	return true;
}

static bool read_members(json_t *object, struct control_request *request, struct error *err_r)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		if (!read_member(name, value, request, err_r))
			return false;
	}
	return request->command != CONTROL_ACT || request->link[0] != '\0' ||
	       error_set(err_r, "no \"link\"");
}

bool control_request_parse(struct str line, struct control_request *request_r, struct error *err_r)
{
	json_error_t error;
	json_t *object;
	bool ok;

	*request_r = (struct control_request){ 0 };
	if (line.len > CONTROL_REQUEST_MAX)
		return error_set(err_r, "a request has at most %d characters", CONTROL_REQUEST_MAX);
	object = json_loadb(line.data != NULL ? line.data : "", line.len, JSON_REJECT_DUPLICATES,
	                    &error);
	if (!json_is_object(object)) {
		json_decref(object);
		return error_set(err_r,
		                 "not a JSON object, such as {\"command\": \"status\"}, in a line");
	}
	ok = read_command(json_object_get(object, "command"), &request_r->command, err_r) &&
	     read_members(object, request_r, err_r);
	json_decref(object);
	return ok;
}

struct str control_request_text(struct arena *arena, const struct control_request *request)
{
	json_t *object = json_object();

	json_object_set_new(object, "command", json_string(commands[request->command]));
	if (request->force)
		json_object_set_new(object, "force", json_true());
	if (request->link[0] != '\0')
		json_object_set_new(object, "link", json_string(request->link));
	if (request->message.len > 0)
		json_object_set_new(object, "message_bytes",
		                    json_integer((json_int_t)request->message.len));
	return json_line_take(arena, object);
}

struct str control_request_refusal(struct arena *arena, const char *reason)
{
	json_t *object = json_object();

	json_line_set(arena, object, "error", str_from(reason));
	return json_line_take(arena, object);
}
