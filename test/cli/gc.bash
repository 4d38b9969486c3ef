# skiff gc: what was not used for the longest time goes first.

# An image of its own layer of 133 kB, which does not compress; its last use was $2 hours ago.
old_image() {
    new_image "localhost/$1" <<IMAGE
file /$1 $(head -c 100000 /dev/urandom | base64 -w 0)
IMAGE
    used_hours_ago "$1" "$2"
}

sql() {
    /usr/bin/python3 -ISBc 'import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
for row in connection.execute(sys.argv[2]): print(*row)
connection.commit()' "$SKIFF_ROOT/skiff.db" "$1"
}

used_hours_ago() {
    sql "UPDATE image SET used_at = used_at - $2 * 3600000000000 WHERE id = (SELECT image_id FROM image_name WHERE name = 'localhost/$1:latest')"
}

names() {
    run 0 images --format '{{.Repository}}'
    output=$(sort <<<"${output//localhost\//}" | xargs)
}

test_what_is_wanted_is_said() {
    run 125 gc
    says --keep-size
    run 125 gc --keep-size much
    run 125 gc --unused-for yesterday
}

test_by_age() {
    old_image aged 100
    old_image fresh 1
    run 0 gc --unused-for 72h --dry-run
    like "$output" '^[0-9a-f]{64}$'
    names
    is "$output" "aged busybox fresh"
    run 0 gc --unused-for 72h
    like "$output" '^[0-9a-f]{64}$'
    names
    is "$output" "busybox fresh"
    run 0 gc --unused-for 72h
    is "$output" ""
}

test_by_size() {
    old_image first 30
    old_image second 20
    old_image third 10
    run 0 gc --keep-size 1t
    is "$output" ""
    local all
    all=$(sql 'SELECT sum(layer.size + coalesce(blob.size, 0)) FROM layer LEFT JOIN blob ON blob.digest = layer.blob')
    run 0 gc --keep-size "$((all - 350000))" --unused-for 5h
    names
    is "$output" "busybox third"
    run 0 gc --keep-size 0 --unused-for 5h
    names
    is "$output" busybox
}

test_what_is_used_stays() {
    old_image used 100
    old_image listed 100
    old_image mounted 100
    run 0 create --name c localhost/used /x
    used_hours_ago used 100
    run 0 manifest create list localhost/listed
    run 0 image mount localhost/mounted
    run 0 gc --unused-for 1h --keep-size 0
    is "$output" ""
    run 0 image unmount localhost/mounted
    run 0 rm c
    run 0 manifest rm list
    used_hours_ago used 100
    run 0 gc --unused-for 1h
    names
    is "$output" busybox
    run 0 system check
}
