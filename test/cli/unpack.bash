# Unpacking layers: what is right, and what is refused.

test_modes_owners_times_links() {
    new_image localhost/t <<'IMAGE'
busybox
dir /d 2750 5:6
file /d/setuid x 4755 7:8
file /d/plain content 600
symlink /d/link plain
hardlink /d/hard d/plain
fifo /d/fifo
device /d/null c 1 3
file "/d/with blank" y
file /d/grüße z
sparse /d/zeros 300000
IMAGE
    run 0 run --rm localhost/t sh -c 'cd /d; stat -c "%n %a %u:%g %F" . setuid plain link fifo null "with blank" grüße; stat -c "%h %i" plain hard | sort -u; stat -c %Y plain; stat -c %s zeros'
    is "$output" '. 2750 5:6 directory
setuid 4755 7:8 regular file
plain 600 0:0 regular file
link 777 0:0 symbolic link
fifo 644 0:0 fifo
null 666 0:0 character special file
with blank 644 0:0 regular file
grüße 644 0:0 regular file
'"$(sed -n 9p <<<"$output")"'
1700000000
300000'
    like "$(sed -n 9p <<<"$output")" '^2 '
}

test_whiteouts_and_opaque_directories() {
    new_image localhost/t <<'IMAGE'
busybox
dir /a
file /a/gone x
file /a/kept x
dir /b
file /b/hidden x
file /c x
layer
whiteout /a/gone
opaque /b
file /b/new y
whiteout /c
layer
dir /c
file /c/inside z
IMAGE
    run 0 run --rm localhost/t sh -c 'ls /a /b /c'
    is "$output" $'/a:\nkept\n\n/b:\nnew\n\n/c:\ninside'
}

test_file_replaces_directory_and_back() {
    new_image localhost/t <<'IMAGE'
busybox
dir /x
file /x/f 1
file /y 1
layer
file /x now-a-file
dir /y
file /y/f now-a-directory
IMAGE
    run 0 run --rm localhost/t sh -c 'cat /x /y/f'
    is "$output" now-a-filenow-a-directory
}

test_capabilities_and_user_attributes() {
    new_image localhost/t <<'IMAGE'
busybox
file /capable x 755
xattr security.capability '\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00'
xattr user.note hello
IMAGE
    run 0 image mount localhost/t
    /usr/bin/python3 - "$output/capable" <<'PYTHON'
import os, sys
# cap_net_bind_service, permitted: capability.h, struct vfs_cap_data of revision 2
assert os.getxattr(sys.argv[1], "security.capability") == b"\x01\0\0\x02\0\x04" + bytes(14)
try:
    assert os.getxattr(sys.argv[1], "user.note") == b"hello"
except OSError as error:  # tmpfs has user attributes since Linux 6.6
    assert error.errno == 95, error
PYTHON
    run 0 image unmount localhost/t
}

test_parents_that_the_archive_does_not_name() {
    new_image localhost/t <<'IMAGE'
busybox
file /deep/er/file x
IMAGE
    run 0 run --rm localhost/t sh -c 'cat /deep/er/file; stat -c %a /deep'
    is "$output" $'x755'
}

test_many_layers() {
    {
        echo busybox
        for i in $(seq 127); do printf 'layer\nfile /f%s %s\n' "$i" "$i"; done
    } >description
    make_image a.tar <description
    run 0 load -q -i a.tar
    run 0 run --rm localhost/test sh -c 'cat /f1 /f64 /f127; ls / | grep -c "^f[0-9]"'
    is "$output" $'164127127'
}

test_slow_four_hundred_layers() {
    {
        echo busybox
        for i in $(seq 399); do printf 'layer\nfile /f%s %s\n' "$i" "$i"; done
    } >description
    make_image a.tar <description
    run 0 load -q -i a.tar
    run 0 run --rm localhost/test sh -c 'ls / | grep -c "^f[0-9]"'
    is "$output" 399
}

# Whether refused or kept inside: nothing of the host changes, and nothing of a refused archive remains.
hostile() {
    mkdir -p canary && echo untouched >canary/file
    local before
    before=$(stat -c '%i %a %Y %s' canary canary/file; ls canary)
    make_image bad.tar
    if skiff load -q -i bad.tar >out 2>err; then
        skiff run --rm localhost/test true >out 2>&1 || true
        skiff rmi -f localhost/test >/dev/null
    else
        like "$(cat err)" '^Error: '
        is_podman || is "$(wc -l <err)" 1
    fi
    is "$(stat -c '%i %a %Y %s' canary canary/file; ls canary)" "$before"
    missing /tmp/skiff-escaped
    missing /skiff-escaped
    missing "$SKIFF_SCRATCH/../skiff-escaped"
}

test_names_that_lead_out() {
    hostile <<<'file ../../../../../../tmp/skiff-escaped x'
    hostile <<<'file //tmp/skiff-escaped x'
    hostile <<<'file a/../../../../../../../tmp/skiff-escaped x'
    hostile <<<'file .. x'
    hostile <<<'file /. x'
    hostile <<<'symlink / /tmp'
    hostile <<<'file "" x'
}

test_links_that_lead_out() {
    hostile <<IMAGE
symlink /out $PWD/canary
file /out/file changed
file /out/skiff-escaped x
IMAGE
    hostile <<IMAGE
symlink /out $PWD/canary
layer
file /out/file changed
whiteout /out/file
opaque /out
IMAGE
    hostile <<IMAGE
hardlink /inside $PWD/canary/file
file /inside changed
IMAGE
    hostile <<IMAGE
symlink /dir ../../../../../../../..$PWD/canary
hardlink /inside dir/file
file /inside changed
IMAGE
    hostile <<IMAGE
symlink /a b
symlink /b a
file /a/x y
IMAGE
}

test_whiteouts_that_lead_out() {
    hostile <<<'file .wh... x'
    hostile <<<'file .wh.. x'
    hostile <<<'file d/.wh..wh..opq/x y'
    hostile <<<'whiteout ../canary/file'
}

test_overlay_attributes_are_not_taken_over() {
    mkdir canary
    make_image bad.tar <<IMAGE
busybox
dir /redirected
xattr trusted.overlay.redirect $PWD/canary
file /opq x
xattr trusted.overlay.metacopy y
IMAGE
    if skiff load -q -i bad.tar 2>err; then
        skiff run --rm localhost/test ls /redirected
    else
        like "$(cat err)" overlay
    fi
}

test_long_and_odd_names() {
    local long
    long=$(printf 'n%.0s' {1..255})
    new_image localhost/t <<IMAGE
busybox
file /$long x
file "/new\nline" y
file /-dash z
IMAGE
    run 0 run --rm localhost/t cat "/$long"
    is "$output" x
    hostile <<<"file /${long}toolong x"
}
