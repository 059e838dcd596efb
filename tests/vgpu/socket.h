/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Owns: nothing; makes listening unix sockets. */
#ifndef VGPU_SOCKET_H
#define VGPU_SOCKET_H

/* A non-blocking listener at path, replacing an old socket there. -1 and errno. */
int socket_listen(const char *path);

#endif
