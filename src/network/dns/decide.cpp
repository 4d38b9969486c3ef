#include "network/dns/decide.h"

#include <algorithm>

#include "network/dns/responder.h"

namespace skiff::network::dns {
namespace {

Name fixed_name(std::string_view text) { return *name_from_text(text); }

const Name& domain() {
    static const Name name = fixed_name(kDomain);
    return name;
}

bool is_host_name(const Name& name) {
    static const Name names[] = {fixed_name("host.containers.internal"), fixed_name("host.docker.internal")};
    return name == names[0] || name == names[1];
}

/// RFC 6761 6.3.
bool is_localhost(const Name& name) {
    static const Name localhost = fixed_name("localhost");
    return below_zone(name, localhost).has_value();
}
const std::vector<IpAddress>& loopback() {
    static const std::vector<IpAddress> addresses{*IpAddress::parse("127.0.0.1"), *IpAddress::parse("::1")};
    return addresses;
}

/// Asked of a single label by resolvers that validate or look for zone cuts, never by what looks for a host.
bool is_about_zones(std::uint16_t qtype) { return qtype == type::kNs || qtype == type::kDs || qtype == type::kDnskey || qtype == type::kSoa; }

class Decider {
public:
    Decider(const Query& query, const IpAddress& source, const View& view, const OtherView& other, std::size_t limit, std::uint32_t turn)
        : query_{query}, source_{source}, view_{view}, limit_{limit}, turn_{turn}, member_{view.member_at(source)} {
        if (member_ == nullptr) return;
        for (const auto& id : member_->also) {
            const View* found = other(id);
            if (found != nullptr && found->has_member(member_->id)) others_.push_back(found);  // he may have left it meanwhile
        }
    }

    Decision decide() const {
        // A query of the host itself may come with a loopback address: no other host's does.
        if ((!view_.owns(source_) && !source_.is_loopback()) || query_.klass != kClassIn) return refusal(Rcode::Refused);
        if (query_.type >= type::kIxfr && query_.type <= type::kMaila) return refusal(Rcode::Refused);
        const auto below = below_zone(query_.name, domain());
        const Name& bare = below ? *below : query_.name;
        const bool in_domain = below.has_value();
        if (in_domain && bare.size() == 1) return domain_itself();
        if (const View* owner = owner_of(bare)) return addresses(owner->addresses_of(bare), in_domain);
        if (!in_domain && is_host_name(query_.name) && !view_.host_addresses().empty()) return addresses(view_.host_addresses(), false);
        if (!in_domain && is_localhost(query_.name)) return addresses(loopback(), false);
        if (const auto address = reverse_address(query_.name)) {
            if (const auto owner = owner_of(*address)) return backwards(*owner, *address);
        }
        if (in_domain) return negative(Rcode::NxDomain, true);
        if (label_count(query_.name) == 1 && !is_about_zones(query_.type)) return refusal(Rcode::NxDomain);
        if (is_searched_in_vain()) return negative(Rcode::NoError, false);
        return forward();
    }

private:
    Decision refusal(Rcode rcode) const { return {Answer{query_, rcode}.finish(limit_), {}}; }

    Decision negative(Rcode rcode, bool in_domain) const {
        Answer answer{query_, rcode};
        if (in_domain) answer.add_authority(domain(), Answer::Section::Authority);
        return {answer.finish(limit_), {}};
    }

    Decision domain_itself() const {
        if (query_.type != type::kSoa && query_.type != type::kAny) return negative(Rcode::NoError, true);
        Answer answer{query_, Rcode::NoError};
        answer.add_authority(domain(), Answer::Section::Answer);
        return {answer.finish(limit_), {}};
    }

    /// A resolver that found no address of this family below our domain goes on through its search list: another server's answer
    /// would be taken for the container's, and each of its names would be told outside. A container that has such an address would
    /// have been found before, so that the whole name was meant.
    bool is_searched_in_vain() const {
        if (member_ == nullptr || (query_.type != type::kA && query_.type != type::kAaaa)) return false;
        return std::any_of(member_->searches.begin(), member_->searches.end(), [&](const Name& domain) {
            const auto bare = below_zone(query_.name, domain);
            if (!bare || bare->size() == 1) return false;
            const View* owner = owner_of(*bare);
            return owner != nullptr && !has_family(owner->addresses_of(*bare));
        });
    }
    bool has_family(const std::vector<IpAddress>& found) const {
        return std::any_of(found.begin(), found.end(), [&](const IpAddress& address) { return query_.type == (address.is_v4() ? type::kA : type::kAaaa); });
    }

    /// This network first: a member of several is known by the address that is near.
    const View* owner_of(const Name& name) const {
        if (view_.has_name(name)) return &view_;
        const auto found = std::find_if(others_.begin(), others_.end(), [&](const View* other) { return other->has_name(name); });
        return found == others_.end() ? nullptr : *found;
    }
    const View* owner_of(const IpAddress& address) const {
        if (view_.owns(address)) return &view_;
        const auto found = std::find_if(others_.begin(), others_.end(), [&](const View* other) { return other->owns(address); });
        return found == others_.end() ? nullptr : *found;
    }

    /// The name exists: without an address of that family the answer is empty, not "no such name".
    Decision addresses(const std::vector<IpAddress>& found, bool in_domain) const {
        Answer answer{query_, Rcode::NoError};
        bool any = false;
        for (std::size_t i = 0; i < found.size(); ++i) {
            const IpAddress& address = found[(i + turn_) % found.size()];
            if (query_.type != type::kAny && query_.type != (address.is_v4() ? type::kA : type::kAaaa)) continue;
            answer.add_address(address);
            any = true;
        }
        return any ? Decision{answer.finish(limit_), {}} : negative(Rcode::NoError, in_domain);
    }

    /// Addresses of the network are nobody else's to name.
    Decision backwards(const View& owner, const IpAddress& address) const {
        const View::MemberView* member = owner.member_at(address);
        if (member == nullptr || member->canonical.empty()) return refusal(Rcode::NxDomain);
        if (query_.type != type::kPtr && query_.type != type::kAny) return refusal(Rcode::NoError);
        Answer answer{query_, Rcode::NoError};
        answer.add_pointer(member->canonical);
        return {answer.finish(limit_), {}};
    }

    Decision forward() const {
        if (view_.is_internal() && (member_ == nullptr || !member_->outside)) return refusal(Rcode::NxDomain);
        if (member_ != nullptr && !member_->servers.empty()) return {{}, member_->servers};
        return {{}, view_.servers()};
    }

    const Query& query_;
    const IpAddress& source_;
    const View& view_;
    std::size_t limit_;
    std::uint32_t turn_;
    const View::MemberView* member_;
    std::vector<const View*> others_;
};

}  // namespace

Decision decide(const Query& query, const IpAddress& source, const View& view, const OtherView& other, std::size_t limit, std::uint32_t turn) {
    return Decider{query, source, view, other, limit, turn}.decide();
}

}  // namespace skiff::network::dns
