"""Values with their neighbours, as developers and clients write them: what is in brackets is found, nothing else is."""

import re

import pytest

from ni.privacy.cache import FindingsCache
from ni.privacy.detect import Detector
from ni.privacy.names import NoNames
from ni.privacy.policy import Policy
from ni.privacy.scan import scanned
from ni.privacy.spans import Label

TEXTS: tuple[tuple[Label, str], ...] = (
    (Label.SECRET, "curl -u 'admin:⟦Xk92mQp7Lw⟧' https://example.org"),
    (Label.SECRET, "curl --user admin:⟦s3cr3t⟧ https://example.org"),
    (Label.SECRET, "curl -uadmin:⟦Xk92mQp7Lw⟧ https://x.org"),
    (Label.SECRET, 'curl https://example.org -u "ana:⟦Xk9 2mQp⟧"'),
    (Label.SECRET, "http -a admin:⟦Xk92mQp7Lw⟧ example.org"),
    (Label.SECRET, "wget --user=ana --password=⟦Xk92mQp7Lw⟧ https://x.org/a"),
    (Label.SECRET, "sshpass -p ⟦Xk92mQp7Lw⟧ ssh ana@h"),
    (Label.SECRET, "PGPASSWORD=⟦Xk92mQp7Lw⟧ psql -h db"),
    (Label.SECRET, "redis-cli -a ⟦Xk92mQp7Lw⟧ ping"),
    (Label.SECRET, "docker login -u ana -p ⟦Xk92mQp7Lw⟧ ghcr.io"),
    (Label.SECRET, "Authorization: Bearer ⟦Zk3vQ8mN5tYc2wXj7RfLh9Ds4Bg6⟧"),
    (Label.SECRET, "-H 'Authorization: token ⟦Zk3vQ8mN5tYc2wXj7RfLh9Ds4Bg6⟧'"),
    (Label.SECRET, 'headers={"X-Api-Key": "⟦Zk3vQ8mN5tYc2wXj7RfLh9Ds4Bg6⟧"}'),
    (Label.SECRET, "PRIVATE-TOKEN: ⟦x8Qk2mPz7LwT4bV9nR3c⟧"),
    (Label.SECRET, "Set-Cookie: sid=⟦s%3AZk3vQ8mN5tYc2wXj7RfLh9Ds4⟧; Path=/; HttpOnly"),
    (Label.SECRET, "Cookie: lang=fr; PHPSESSID=⟦k4v9q2m8n5t7c1x3z6b0⟧; theme=dark"),
    (Label.SECRET, 'document.cookie = "session_id=⟦k4v9q2m8n5t7c1x3z6b0⟧"'),
    (Label.SECRET, '{"auths":{"ghcr.io":{"auth":"⟦YW5hOlhrOTJtUXA3THc=⟧"}}}'),
    (Label.SECRET, "default login ana password ⟦Xk92mQp7Lw⟧"),
    (Label.SECRET, "machine h.example.org\n  login ana\n  password ⟦Xk92mQp7Lw⟧"),
    (Label.SECRET, "https://hooks.slack.com/services/⟦T00000000/B00000000/XXXXabcd1234efgh5678IJKL⟧"),
    (
        Label.SECRET,
        "https://discord.com/api/webhooks/⟦123456789012345678/Zk3vQ8mN5tYc2wXj7RfLh9Ds4Bg6⟧",
    ),
    (Label.SECRET, "https://api.telegram.org/⟦bot123456789:AAZk3vQ8mN5tYc2wXj7RfLh9Ds4Bg6Pu1Ao⟧/sendMessage"),
    (Label.SECRET, "TELEGRAM=⟦123456789:AAZk3vQ8mN5tYc2wXj7RfLh9Ds4Bg6Pu1Ao⟧"),
    (
        Label.SECRET,
        "https://acme.blob.core.windows.net/c/b.txt?sv=2022-11-02&sr=b&sig=⟦Zk3vQ8mN5tYc2wXj7RfLh9Ds4Bg6Pu1Ao0E%3D⟧",
    ),
    (
        Label.SECRET,
        "https://b.s3.amazonaws.com/k?X-Amz-Expires=60&X-Amz-Signature=⟦9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c⟧",
    ),
    (Label.SECRET, "https://⟦9f86d081884c7d659a2feaa0c55ad015⟧@o447951.ingest.sentry.io/5429219"),
    (
        Label.SECRET,
        "SENTRY_DSN=https://⟦9f86d081884c7d659a2feaa0c55ad015⟧:⟦8f86d081884c7d659a2feaa0c55ad014⟧@sentry.io/1",
    ),
    (Label.SECRET, "amqp://guest:⟦Xk92mQp7Lw⟧@mq:5672/%2f"),
    (Label.SECRET, "jdbc:postgresql://db/x?user=app&password=⟦Xk92mQp7Lw12⟧"),
    (Label.SECRET, "Server=db;User Id=sa;Password=⟦Xk92mQp7Lw⟧;Encrypt=true"),
    (
        Label.SECRET,
        "Endpoint=sb://x.servicebus.windows.net/;SharedAccessKey=⟦Zk3vQ8mN5tYc2wXj7RfLh9Ds4Bg6Pu1Ao0E=⟧",
    ),
    (
        Label.SECRET,
        "AccountName=a;AccountKey=⟦Zk3vQ8mN5tYc2wXj7RfLh9Ds4Bg6Pu1Ao0EiZk3vQ8mN5tYc2wXj7Zk==⟧",
    ),
    (Label.SECRET, "//registry.npmjs.org/:_authToken=⟦npm_Zk3vQ8mN5tYc2wXj7RfLh9Ds4Bg6Pu1Ao0Ei⟧"),
    (Label.SECRET, "[client]\npassword=⟦Xk92mQp7Lw⟧"),
    (Label.SECRET, "spring.datasource.password=⟦Xk92mQp7Lw⟧"),
    (Label.SECRET, "DB_PASS: ⟦Xk92mQp7Lw⟧"),
    (Label.SECRET, '"dbPassword": "⟦Xk92mQp7Lw⟧"'),
    (Label.SECRET, "<password>⟦Xk92mQp7Lw⟧</password>"),
    (Label.SECRET, "'password' => '⟦Xk92mQp7Lw⟧',"),
    (Label.SECRET, ':password => "⟦Xk92mQp7Lw⟧"'),
    (Label.SECRET, "secret_key_base: ⟦9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08⟧"),
    (Label.SECRET, "AWS_SECRET_ACCESS_KEY=⟦wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzzzKEY1⟧"),
    (Label.SECRET, "aws_session_token = ⟦FwoGZXIvYXdzEBYaDKz9y8x7w6v5u4t3s2r1q0p⟧"),
    (Label.SECRET, 'DJANGO_SECRET = "⟦k4v9-q2m8n5t7c1x3z6b0⟧"'),
    (Label.SECRET, "Mon mot de passe est ⟦Soleil2024!⟧"),
    (Label.SECRET, "le mdp: ⟦Soleil2024⟧"),
    (Label.SECRET, "export OPENAI_API_KEY=⟦sk-Zk3vQ8mN5tYc2wXj7RfLh9Ds4Bg6Pu1Ao0Ei⟧"),
    (
        Label.SECRET,
        "git remote add o https://x-access-token:⟦ghs_Zk3vQ8mN5tYc2wXj7RfLh9Ds4Bg6Pu1Ao0Ei⟧@github.com/a/b",
    ),
    (Label.SECRET, "PASSWORD_HASH=⟦$2b$12$Zk3vQ8mN5tYc2wXj7RfLh9Ds4Bg6Pu1Ao0EiZk3vQ8mN5tYc2w⟧"),
    (
        Label.SECRET,
        "-----BEGIN OPENSSH PRIVATE KEY-----\n⟦b3BlbnNzaC1rZXktdjEAAAAABG5vbmU⟧\n-----END OPENSSH PRIVATE KEY-----",
    ),
    (
        Label.SECRET,
        '"private_key": "-----BEGIN PRIVATE KEY-----\\n⟦MIIEvQIBADANBgkqhki⟧\\n-----END PRIVATE KEY-----"',
    ),
    (Label.SECRET, "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 ana"),
    (Label.SECRET, "password must be at least 12 characters, token expired, secret santa, key: value"),
    (Label.SECRET, "password = getpass.getpass(), password=None, password: str, pwd=$PWD, passwd: string;"),
    (Label.SECRET, "git push https://git@github.com/a/b ssh://git@host/a"),
    (Label.PHONE, "call me at ⟦514.555.0143⟧ or ⟦(514)555-0143⟧ or ⟦514-5550143⟧"),
    (Label.PHONE, "⟦5145550143⟧ (cell)"),
    (Label.PHONE, "Ana Roy <⟦ana@acme.ca⟧> ⟦5145550143⟧"),
    (Label.PHONE, "⟦ana@acme.ca⟧,⟦5145550143⟧"),
    (Label.PHONE, '{"email":"⟦ana@acme.ca⟧","tel":⟦5145550143⟧}'),
    (Label.PHONE, '{"phoneNumber":"⟦5145550143⟧"}'),
    (Label.PHONE, "phone_number=⟦5145550143⟧"),
    (Label.PHONE, "(⟦514-555-0143⟧/⟦514-555-0188⟧)"),
    (Label.PHONE, "T: ⟦514-555-0143⟧ F: ⟦514-555-0188⟧"),
    (Label.PHONE, "⟦514-555-0143x12⟧, ⟦514-555-0143 ext. 12⟧"),
    (Label.PHONE, "wa.me/⟦15145550143⟧ tel:⟦+15145550143⟧"),
    (Label.PHONE, "⟦+1-514-555-0143⟧ ⟦1 (514) 555-0143⟧ ⟦+44 20 7946 0958⟧"),
    (Label.PHONE, "⟦514 – 555 – 0143⟧"),
    (Label.PHONE, "ids 5145550143 6135550143"),
    (Label.PHONE, "call ⟦(514)5550143⟧ or ⟦(514) 5550143⟧"),
    (Label.PHONE, "⟦514 5550143⟧\n⟦514.5550143⟧"),
    (Label.PHONE, "ratio 418.5550143, rows 418 5550143"),
    (Label.PHONE, "Tel. ⟦0171 4482913⟧, teléfono ⟦611 482 907⟧, móvil: ⟦611482907⟧"),
    (Label.PHONE, "phone ⟦07712 448291⟧, telefone ⟦(11) 98273-4410⟧, тел. ⟦8 916 448-29-13⟧"),
    (Label.PHONE, "電話番号：⟦090-4482-9137⟧"),
    (Label.PHONE, "电话是⟦13817642209⟧，谢谢"),
    (Label.PHONE, "⟦0091 98765 43210⟧ and ⟦06 12 34 87 90⟧"),
    (
        Label.PHONE,
        "a0 06 12 34 87 90 ff 0d 0a; then version mobile 10.0.19041.1, phone 2024-03-14 12:00, phone 3 of 12, 00 12 34 56",
    ),
    (Label.SIN, "my SIN is ⟦046454286⟧; ⟦046454286⟧ is my SIN"),
    (Label.SIN, "Is ⟦046 454 286⟧ a valid NAS?"),
    (Label.SIN, "⟦046454286⟧ (SIN)"),
    (Label.SIN, "sin: '⟦046454286⟧'"),
    (Label.SIN, '"socialInsuranceNumber":"⟦046454286⟧"'),
    (Label.SIN, "employee_sin=⟦046454286⟧"),
    (Label.SIN, "SIN#⟦046-454-286⟧"),
    (Label.SIN, "⟦046-454-286⟧/ON"),
    (Label.SIN, "SINs: ⟦046454286⟧, ⟦130692544⟧"),
    (Label.SIN, "SSN ⟦517-38-2946⟧ (⟦517382946⟧ in the file), 517382947"),
    (Label.SIN, "Q: SIN?\nA: ⟦046454286⟧"),
    (Label.SIN, "And your SIN?\n⟦046454286⟧"),
    (Label.PHONE, "Bot: Please enter your phone number.\nUser: ⟦5145550143⟧"),
    (Label.DOB, "Bot: date of birth?\nUser: ⟦3 juin 1994⟧"),
    (Label.SIN, "Is this a SIN? The build 046454286 failed. My SIN is old.\n\nIds: 046454286"),
    (Label.SIN, "NIR ⟦2 84 01 75 123 045 31⟧, CPF ⟦529.982.247-25⟧, DNI ⟦12345678Z⟧"),
    (Label.SIN, "Aadhaar: ⟦2341 2341 2346⟧; NI number: ⟦AB 12 34 56 C⟧; PESEL ⟦44051401359⟧"),
    (Label.SIN, "personnummer ⟦811228-9874⟧, BSN ⟦111222333⟧, PAN: ⟦ABCPK4821L⟧, hetu ⟦131052-308T⟧"),
    (Label.SIN, '{"nino":"⟦AB123456C⟧","codice_fiscale":"⟦RSSMRA85T10A562S⟧"}'),
    (Label.SIN, "⟦BOXW310820HNERXN09⟧, ⟦RSSMRA85T10A562S⟧, 身份证号码是⟦11010519491231002X⟧"),
    (Label.SIN, "UCI ⟦11-2233-4487⟧, the UCI data of 2019-2020, RFC 7807, pan and zoom 2341 2341 2346"),
    (Label.HEALTH_CARD, "⟦TREM 7855 1234⟧ (RAMQ)"),
    (Label.HEALTH_CARD, "RAMQ:⟦TREM78551234⟧"),
    (Label.HEALTH_CARD, "OHIP ⟦1234567897⟧"),
    (Label.HEALTH_CARD, "⟦9123456782⟧ is her PHN"),
    (Label.HEALTH_CARD, 'healthCard: "⟦1234-567-897-AB⟧"'),
    (Label.HEALTH_CARD, "no d'assurance maladie ⟦TREM-7855-1234⟧"),
    (Label.DRIVER_LICENCE, "Licence ⟦T2283-39147-39723⟧ was renewed"),
    (Label.DRIVER_LICENCE, "DL#⟦T22833914739723⟧"),
    (Label.DRIVER_LICENCE, "driverLicence=⟦T22833914739723⟧"),
    (Label.DRIVER_LICENCE, "⟦T22833914739723⟧ is his driver's licence"),
    (Label.DRIVER_LICENCE, "Son permis : ⟦T1234-567890-12⟧"),
    (Label.PASSPORT, 'passportNumber: "⟦GA302922⟧"'),
    (Label.PASSPORT, "⟦GA302922⟧ (passport)"),
    (Label.PASSPORT, "passport_no=⟦GA302922⟧"),
    (Label.DOB, '"dateOfBirth": "⟦1990-05-14⟧"'),
    (Label.DOB, "dob=⟦1990-05-14⟧&x=1"),
    (Label.DOB, "birth_date: ⟦19900514⟧"),
    (Label.DOB, "⟦1990-05-14⟧ (date of birth)"),
    (Label.DOB, '"birthDate":"⟦1990-05-14T00:00:00Z⟧"'),
    (Label.DOB, "Née le ⟦14 mai 1990⟧ à Laval"),
    (Label.DOB, "DDN: ⟦1990/05/14⟧"),
    (Label.IBAN, "IBAN:⟦GB82WEST12345698765432⟧/BIC"),
    (Label.IBAN, "iban=⟦DE89 3704 0044 0532 0130 00⟧&x"),
    (Label.CREDIT_CARD, "card=⟦4111111111111111⟧&cvv=123"),
    (Label.CREDIT_CARD, "⟦4111111111111111⟧|12/26|123"),
    (Label.CREDIT_CARD, "⟦4111-1111-1111-1111⟧/12/26"),
    (Label.CREDIT_CARD, 'pan:"⟦378282246310005⟧"'),
    (Label.IP, "ip=⟦24.48.0.1⟧, [⟦24.48.0.1⟧]:443, ⟦24.48.0.1⟧:8080"),
    (Label.IP, '⟦24.48.0.1⟧ - - [10/Oct/2024:13:55:36 -0400] "GET / HTTP/1.1" 200'),
    (Label.IP, "X-Forwarded-For: ⟦24.48.0.1⟧, 10.0.0.1"),
    (Label.IP, "inet ⟦24.48.0.7⟧/24 brd ⟦24.48.0.255⟧"),
    (Label.IP, "ssh ana@⟦24.48.0.1⟧"),
    (Label.IP, "RFC 4291 section 2.5.5.2, § 1.2.3.4, Firmware 1.2.3.4, node 18.2.1.4, pkg@1.2.3.4"),
    (Label.IP, "host-24.48.0.1.isp.net"),
    (Label.IP, "allow ⟦184.162.33.9⟧/32, 184.162.33.0/24, driver 2.10.0.1"),
    (Label.MAC, "ether ⟦00:1b:44:11:3a:b7⟧ txqueuelen"),
    (Label.ADDRESS, "lives at ⟦9569 Lakeshore Blvd⟧"),
    (Label.ADDRESS, "⟦45 Highway 7 East⟧, ⟦8811 County Road 12⟧, ⟦12 Rang 4⟧"),
    (Label.ADDRESS, "⟦12 10th Line⟧"),
    (Label.ADDRESS, "⟦1455, boul. De Maisonneuve O.⟧"),
    (Label.ADDRESS, "⟦220 avenue du Parc, Laval⟧"),
    (Label.ADDRESS, "⟦7 The Esplanade, Toronto⟧"),
    (Label.ADDRESS, "⟦3 Grand Rang Saint-François, Saint-Pie⟧"),
    (Label.ADDRESS, "⟦1 Yonge St⟧, ⟦100 King St W⟧"),
    (Label.ADDRESS, "I saw 12 Broadway shows on the road to 3 cities"),
    (Label.POSTAL_CODE, "Ship to ⟦H2Y1C6⟧, please. Deliver at ⟦g2y 9a9⟧"),
    (Label.POSTAL_CODE, "a,⟦g8y 2z8⟧,b"),
    (Label.POSTAL_CODE, "⟦ana@acme.ca⟧,⟦G2Y9A9⟧"),
    (Label.POSTAL_CODE, 'postalCode: "⟦G2Y9A9⟧"'),
    (Label.POSTAL_CODE, "⟦M5V-2T6⟧ is the postal code"),
    (Label.BANK_ACCOUNT, "transit ⟦00412⟧ institution 003 account ⟦1234567⟧"),
    (Label.BANK_ACCOUNT, 'accountNumber: "⟦1234567⟧"'),
    (Label.BANK_ACCOUNT, "bank_account=⟦1234567⟧"),
    (Label.EMAIL, "mailto:⟦ana.roy@acme.ca⟧?subject=x"),
    (Label.EMAIL, '<⟦ana.roy@acme.ca⟧>, "Ana"<⟦ana@acme.ca⟧>'),
    (Label.EMAIL, "f'⟦ana.roy@acme.ca⟧' and b'⟦ana@acme.ca⟧'"),
    (Label.EMAIL, "⟦o'brien@acme.ca⟧ et l'adresse d'⟦ana@acme.ca⟧"),
    (Label.EMAIL, "⟦ana@acme.ca⟧,⟦b@acme.ca⟧;⟦c@acme.ca⟧"),
    (Label.EMAIL, "⟦ana@acme.ca⟧/⟦b@acme.ca⟧"),
    (Label.EMAIL, "ssh ⟦ana@build7.acme.ca⟧:2222"),
    (Label.EMAIL, "git@github.com:a/b.git ana@h.acme.ca:x/y.git"),
    (Label.EMAIL, "⟦ANA.ROY@ACME.CA⟧..."),
    (Label.EMAIL, "user+tag: ⟦ana+tag@acme.ca⟧|x"),
)


@pytest.mark.parametrize(("label", "marked"), TEXTS)
def test_what_is_in_brackets_is_found_and_nothing_else(label: Label, marked: str) -> None:
    text = re.sub("[⟦⟧]", "", marked)
    spans = scanned(Detector(NoNames(), Policy(), FindingsCache()), b"key", text)
    wanted = re.findall("⟦(.*?)⟧", marked)
    values = [text[span.start : span.end] for span in spans if span.label is not Label.PERSON]
    assert values == wanted
    assert not wanted or label in {span.label for span in spans}


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize(
    "address", ["10.42.0.210", "192.168.1.7", "172.16.0.9", "172.31.255.7", "fe80::1ff:fe23:4567:890a"]
)
def test_private_addresses_are_masked_where_the_policy_asks(address: str, asked: bool) -> None:
    detector = Detector(NoNames(), Policy(private_addresses=asked), FindingsCache())
    text = f"web-1 Running {address} <none>"
    assert [text[span.start : span.end] for span in scanned(detector, b"key", text)] == [address] * asked
