// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "mailbox.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "vgpu.h"

/*
 * +0 request length (a write of it executes), +4 response length, +8 status,
 * then the two texts. A response that does not fit is cut into parts: writing
 * an offset to +0xc shows the response from there on.
 */
enum { REQUEST_LEN = 0x0, RESPONSE_LEN = 0x4, STATUS = 0x8, RESPONSE_OFFSET = 0xc,
       REQUEST = 0x1000, RESPONSE = 0x8000 };

enum { STATUS_OK, STATUS_BAD_LENGTH, STATUS_BAD_REQUEST };

struct mailbox {
	uint8_t mem[MAILBOX_SIZE];
	char *response;
	uint32_t response_len, shown_from;
};

static void put(struct mailbox *m, uint32_t off, uint32_t val)
{
	memcpy(m->mem + off, &val, sizeof(val));
}

static void show(struct mailbox *m, uint32_t from)
{
	uint32_t part;

	m->shown_from = from < m->response_len ? from : m->response_len;
	part = m->response_len - m->shown_from;
	if (part > MAILBOX_SIZE - RESPONSE)
		part = MAILBOX_SIZE - RESPONSE;
	memset(m->mem + RESPONSE, 0, MAILBOX_SIZE - RESPONSE);
	memcpy(m->mem + RESPONSE, m->response + m->shown_from, part);
	put(m, RESPONSE_OFFSET, m->shown_from);
}

static void execute(struct vgpu *v, uint32_t len)
{
	struct mailbox *m = v->mailbox;
	uint32_t status = STATUS_OK;

	free(m->response);
	if (len > RESPONSE - REQUEST) {
		status = STATUS_BAD_LENGTH;
		m->response = strdup("{\"ok\":false,\"error\":\"request too long\"}");
	} else {
		m->response = ctl_execute_text(v, (const char *)m->mem + REQUEST, len);
	}
	if (m->response && strncmp(m->response, "{\"ok\":true", 10) && !status)
		status = STATUS_BAD_REQUEST;
	m->response_len = m->response ? (uint32_t)strlen(m->response) : 0;
	put(m, REQUEST_LEN, len);
	put(m, RESPONSE_LEN, m->response_len);
	put(m, STATUS, status);
	if (m->response)
		show(m, 0);
}

void mailbox_read(struct vgpu *v, uint32_t off, uint32_t count, uint8_t *data)
{
	memcpy(data, v->mailbox->mem + off, count);
}

void mailbox_write(struct vgpu *v, uint32_t off, uint32_t count, const uint8_t *data)
{
	struct mailbox *m = v->mailbox;
	uint32_t val = 0;

	if (off >= REQUEST && off < RESPONSE) {
		if (count > RESPONSE - off)
			count = RESPONSE - off;
		memcpy(m->mem + off, data, count);
		return;
	}
	if (count > sizeof(val))
		return;
	memcpy(&val, data, count);
	if (off == REQUEST_LEN)
		execute(v, val);
	else if (off == RESPONSE_OFFSET && m->response)
		show(m, val);
}

struct mailbox *mailbox_new(void)
{
	return calloc(1, sizeof(struct mailbox));
}

void mailbox_free(struct mailbox *m)
{
	if (!m)
		return;
	free(m->response);
	free(m);
}
