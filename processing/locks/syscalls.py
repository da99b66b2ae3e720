"""System calls by name, with their numbers on x86-64 and on 64-bit ARM.

Each entry is a name, the number on x86-64 and that on ARM, from ``asm/unistd_64.h`` and ``asm-generic/unistd.h``.
A hyphen means that there is no such call.
"""

from __future__ import annotations

import errno
import platform

# The newest call that these tables were checked against (mseal, Linux 6.10): later ones do not exist for a child.
NEWEST = 462
# Sockets of any kind.
NETWORK = """
socket 41 198; socketpair 53 199; connect 42 203; bind 49 200; listen 50 201; accept 43 202; accept4 288 242;
sendto 44 206; sendmsg 46 211; sendmmsg 307 269
"""
# New processes and programs.
NEW_PROCESSES = """
fork 57 -; vfork 58 -; execve 59 221; execveat 322 281
"""
# What reaches into other processes of the same user, and leaving the group that the parent kills.
OTHER_PROCESSES = """
ptrace 101 117; process_vm_readv 310 270; process_vm_writev 311 271; process_madvise 440 440;
process_mrelease 448 448; kcmp 312 272; pidfd_open 434 434; pidfd_getfd 438 438; pidfd_send_signal 424 424;
perf_event_open 298 241; move_pages 279 239; migrate_pages 256 238; tkill 200 130; rt_sigqueueinfo 129 138;
rt_tgsigqueueinfo 297 240; setpriority 141 140; ioprio_set 251 30; sched_setscheduler 144 119;
sched_setparam 142 118; sched_setattr 314 274; sched_setaffinity 203 122; setsid 112 157; setpgid 109 154
"""
# Memory and messages shared with other processes.
SHARED = """
shmget 29 194; shmat 30 196; shmctl 31 195; semget 64 190; semop 65 193; semtimedop 220 192; semctl 66 191;
msgget 68 186; msgsnd 69 189; msgrcv 70 188; msgctl 71 187; mq_open 240 180; mq_unlink 241 181;
mq_timedsend 242 182; mq_timedreceive 243 183; mq_notify 244 184
"""
# Changes to files, their names, owners and attributes; files in memory.
WRITING = """
creat 85 -; truncate 76 45; ftruncate 77 46; fallocate 285 47; rename 82 -; renameat 264 38; renameat2 316 276;
link 86 -; linkat 265 37; symlink 88 -; symlinkat 266 36; unlink 87 -; unlinkat 263 35; mkdir 83 -; mkdirat 258 34;
rmdir 84 -; mknod 133 -; mknodat 259 33; chmod 90 -; fchmod 91 52; fchmodat 268 53; fchmodat2 452 452; chown 92 -;
fchown 93 55; lchown 94 -; fchownat 260 54; utime 132 -; utimes 235 -; futimesat 261 -; utimensat 280 88;
setxattr 188 5; lsetxattr 189 6; fsetxattr 190 7; removexattr 197 14; lremovexattr 198 15; fremovexattr 199 16;
memfd_create 319 279; memfd_secret 447 447
"""
# Another user or other capabilities.
IDENTITY = """
setuid 105 146; setgid 106 144; setreuid 113 145; setregid 114 143; setresuid 117 147; setresgid 119 149;
setgroups 116 159; setfsuid 122 151; setfsgid 123 152; capset 126 91; personality 135 92
"""
# Parts of the kernel that no reader needs, and where most of its holes were found.
SYSTEM = """
bpf 321 280; userfaultfd 323 282; io_uring_setup 425 425; io_uring_enter 426 426; io_uring_register 427 427;
keyctl 250 219; add_key 248 217; request_key 249 218; open_by_handle_at 304 265; name_to_handle_at 303 264;
unshare 272 97; setns 308 268; mount 165 40; umount2 166 39; pivot_root 155 41; chroot 161 51; move_mount 429 429;
open_tree 428 428; fsopen 430 430; fsconfig 431 431; fsmount 432 432; fspick 433 433; mount_setattr 442 442;
fanotify_init 300 262; fanotify_mark 301 263; init_module 175 105; finit_module 313 273; delete_module 176 106;
kexec_load 246 104; kexec_file_load 320 294; reboot 169 142; swapon 167 224; swapoff 168 225; acct 163 89;
quotactl 179 60; quotactl_fd 443 443; settimeofday 164 170; clock_settime 227 112; adjtimex 159 171;
clock_adjtime 305 266; sethostname 170 161; setdomainname 171 162; iopl 172 -; ioperm 173 -; modify_ldt 154 -;
syslog 103 116; vhangup 153 58
"""
# Refused or allowed by their arguments, in seccomp.py.
BY_ARGUMENT = """
clone 56 220; clone3 435 435; kill 62 129; tgkill 234 131; prlimit64 302 261; prctl 157 167; open 2 -;
openat 257 56; openat2 437 437; fcntl 72 25
"""
REFUSED = (NETWORK, OTHER_PROCESSES, SHARED, WRITING, IDENTITY, SYSTEM)
# The column of a number, by the name of the machine.
COLUMNS = {"x86_64": 1, "aarch64": 2}


def get_numbers(*tables: str) -> dict[str, int]:
    """Return the numbers of the calls in ``tables``, or in all, on this machine.

    Raise ``OSError`` on other machines.
    """
    column = COLUMNS.get(platform.machine())
    if column is None:
        raise OSError(errno.ENOSYS, "no table for this processor")
    entries = (
        entry.split() for table in tables or (*REFUSED, NEW_PROCESSES, BY_ARGUMENT) for entry in table.split(";")
    )
    return {entry[0]: int(entry[column]) for entry in entries if entry[column] != "-"}
