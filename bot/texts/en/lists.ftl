# Lists. A key is a prefix and a code of backend/cases/lists.py.

act-threat = Threats
act-death_threat = Death threats
act-physical_attack = Physical attack
act-sexual_violence = Sexual violence
act-arrest = Arrest by court order
act-detention = Detention
act-abduction = Abduction, disappearance
act-search = Search of home or office
act-interrogation = Interrogation, summons
act-criminal_case = Criminal case
act-administrative_case = Administrative case
act-foreign_agent = “Foreign agent” designation
act-undesirable = “Undesirable” designation
act-surveillance = Surveillance
act-hacking = Hacking
act-doxxing = Personal data published
act-defamation = Defamation
act-travel_ban = Travel ban
act-eviction = Eviction
act-office_closure = Office closed down
act-seizure = Equipment or property seized
act-account_freeze = Bank accounts frozen
act-dismissal = Dismissal, expulsion
act-family_pressure = Pressure on family
act-forced_exile = Forced to leave
act-online_harassment = Online harassment
act-other = Something else

perpetrator-police = Police
perpetrator-centre_e = Centre E (anti-extremism)
perpetrator-security_service = FSB
perpetrator-investigative_committee = Investigative Committee
perpetrator-prosecutor = Prosecutor’s office
perpetrator-court = Court
perpetrator-prison_service = Prison service
perpetrator-military = Military
perpetrator-migration_authority = Migration service
perpetrator-local_authority = Local authorities
perpetrator-federal_authority = Federal authorities
perpetrator-pro_government_group = Pro-government group
perpetrator-private_security = Private security
perpetrator-employer = Employer
perpetrator-university = University
perpetrator-media = Media
perpetrator-corporation = Company
perpetrator-individual = A private person
perpetrator-unknown = Not known

need-lawyer = A lawyer
need-medical = Medical help
need-psychological = Psychological help
need-physical_security = Physical safety
need-digital_security = Digital safety
need-relocation = Help with leaving
need-financial = Money
need-family_support = Support for the family
need-publicity = Publicity
need-international_appeal = An appeal to international bodies
need-advice = Advice

about-me = About me
about-other = About someone else
about-organisation = About an organisation

timing-ongoing = Going on now
timing-imminent = About to happen
timing-past = Already over

consent-no = No
consent-unnamed = Yes, without my name
consent-named = Yes, with my name

severity-urgent = urgent
severity-high = high
severity-normal = normal

resolution-resolved = resolved
resolution-referred = referred to partners
resolution-published_only = publicity only
resolution-out_of_mandate = outside the centre’s mandate
resolution-duplicate = duplicate
resolution-unreachable = contact lost
resolution-withdrawn = withdrawn
resolution-unfounded = not confirmed
